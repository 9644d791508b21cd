// What is held to what: signatures to keys, cosignatures to the policy, the record to the root, by
// WebCrypto. Of ML-DSA-44, which it lacks, the form alone is looked at, and no line is counted.

const ED25519_PRIME = (1n << 255n) - 19n;
const Y8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022n;
// y of the eight points whose order divides 8: no key, and no R of a signature (keys §1.3).
const SMALL_ORDER = new Set([0n, 1n, ED25519_PRIME - 1n, Y8, ED25519_PRIME - Y8]);

function littleEndianY(point) {
  return bigEndian([...point].reverse().join("")) & ((1n << 255n) - 1n);
}

async function ed25519Verifies(key, message, signature) {
  const y = littleEndianY(key);
  if (y >= ED25519_PRIME || SMALL_ORDER.has(y) || SMALL_ORDER.has(littleEndianY(signature.slice(0, 32)))) return false;
  try {
    const imported = await crypto.subtle.importKey("raw", bytesOf(key), "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", imported, bytesOf(signature), bytesOf(message));
  } catch (error) {
    if (error.name === "DataError") return false; // no point of the curve
    throw error;
  }
}

// Whether a line is the key's own signature of the text: true, false, or null for "not checked".
async function verifies(key, text, signature) {
  if (key.kind === ED25519) return signature.length === 64 && ed25519Verifies(key.public, text, signature);
  const at = bigEndian(signature.slice(0, 8)), rest = signature.slice(8);
  if (signature.length < 8 || at >= 1n << 63n || !isCheckpoint(text)) return false;
  if (key.kind === ML_DSA_44) return rest.length === 2420 ? null : false;
  return rest.length === 64 && ed25519Verifies(key.public, `cosignature/v1\ntime ${at}\n${text}`, rest);
}

function isCheckpoint(text) {
  try {
    return Boolean(parseCheckpoint(text));
  } catch {
    return false;
  }
}

// The lines of a note by keys that the policy knows, of each key that of its earliest time; one of them
// that is wrong refuses the note.
async function openNote(note, policy) {
  const known = new Map([...policy.logs, ...policy.witnesses.values()].map((key) => [`${key.name} ${key.keyId}`, key]));
  const signed = new Map();
  for (const { name, keyId, signature } of note.lines) {
    const key = known.get(`${name} ${keyId}`);
    if (!key) continue;
    const good = await verifies(key, note.text, signature);
    need(good !== false, "signature_wrong", { name });
    const at = key.kind === ED25519 ? 0n : bigEndian(signature.slice(0, 8));
    if (!signed.has(key) || at < signed.get(key).at) signed.set(key, { key, checked: good === true, at });
  }
  need(signed.size, "signed_by_nobody");
  return [...signed.values()];
}

// What stands in the way only for want of ML-DSA-44 is `open`: neither good nor bad, not told here.
function needCounted(met, metWithUnchecked, code, facts) {
  need(met, code, { ...facts, open: metWithUnchecked });
}

function ownSignatures(policy, signed, origin) {
  const own = signed.filter(({ key }) => policy.logs.includes(key) && key.name === origin);
  need(own.length, "log_did_not_sign");
  needCounted(own.some(({ checked }) => checked), true, "log_not_checked");
  return own;
}

function cosignatures(policy, signed) {
  const names = new Map([...policy.witnesses].map(([name, key]) => [key, name]));
  const seen = signed.filter(({ key }) => names.has(key)).map((line) => ({ ...line, witness: names.get(line.key) }));
  const checked = new Set(seen.filter((line) => line.checked).map((line) => line.witness));
  const every = new Set(seen.map((line) => line.witness));
  needCounted(isMet(policy, checked), isMet(policy, every), "quorum_missed", { n: checked.size });
  return seen;
}

// The root that a record and its path lead to (RFC 9162 §2.1.3.2), held to the checkpoint's.
async function checkInclusion(leaf, index, { size, root }, path) {
  need(index < size, "index_beyond_tree");
  let number = index, last = size - 1n, reached = leaf;
  for (const neighbour of path) {
    need(last, "proof_wrong_length");
    const isRight = number & 1n || number === last;
    reached = await sha256("\x01" + (isRight ? neighbour + reached : reached + neighbour));
    while (isRight && !(number & 1n) && number) [number, last] = [number >> 1n, last >> 1n];
    [number, last] = [number >> 1n, last >> 1n];
  }
  need(!last, "proof_wrong_length");
  need(reached === root, "not_included");
}

// A record as `C` writes it (envelope §2), or null: strings, booleans, lists, objects, whole numbers.
function canonical(value, depth = 1) {
  if (typeof value === "string") return value.isWellFormed() ? JSON.stringify(value) : null;
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0 ? String(value) : null;
  if (value === null || depth > 16) return null;
  const pieces = Array.isArray(value)
    ? value.map((item) => canonical(item, depth + 1))
    : Object.keys(value).sort().map((key) => member(key, canonical(value[key], depth + 1)));
  if (pieces.includes(null)) return null;
  return Array.isArray(value) ? `[${pieces}]` : `{${pieces}}`;
}

function member(key, written) {
  return written === null || /[^\0-\x7f]/.test(key) ? null : `${JSON.stringify(key)}:${written}`;
}

function parseRecord(entry, index) {
  const text = utf8(entry);
  let record = null;
  try {
    record = JSON.parse(text);
  } catch {
    need(false, "entry_malformed");
  }
  need(record && typeof record === "object" && !Array.isArray(record) && canonical(record) === text, "entry_malformed");
  need(typeof record.index === "number" && BigInt(record.index) === index && typeof record.at === "number", "entry_malformed");
  return record;
}

// The steps in their order; each takes what those before it have come to, and adds to it.
const STEPS = {
  policy: async (told, files) => ({ policy: await parsePolicy(files.policy) }),
  form: (told, files) => ({ proof: parseProof(files.proof) }),
  entry: ({ proof }) => need(proof.entry !== null, "entry_missing"),
  note: ({ proof }) => ({ note: parseNote(proof.checkpoint) }),
  signatures: async ({ note, policy }) => ({ signed: await openNote(note, policy) }),
  head: ({ note }) => ({ head: parseCheckpoint(note.text) }),
  log: ({ policy, signed, head }) => ({ own: ownSignatures(policy, signed, head.origin) }),
  quorum: ({ policy, signed }) => ({ seen: cosignatures(policy, signed) }),
  path: async ({ proof, head }) => ({ leaf: await leafUnder(proof, head) }),
  record: ({ proof }) => ({ record: parseRecord(proof.entry, proof.index) }),
};

async function leafUnder({ entry, index, path }, head) {
  const leaf = await sha256("\0" + entry);
  await checkInclusion(leaf, index, head, path);
  return leaf;
}

// All checks of a proof under a policy, both byte strings: `verdict` is holds, refused, or open.
async function checkProof(proof, policy) {
  const told = { verdict: "holds" };
  for (const [step, check] of Object.entries(STEPS)) {
    try {
      Object.assign(told, { step }, await check(told, { proof, policy }));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { code, facts } = error;
      return { ...told, step, code, facts, verdict: facts.open ? "open" : "refused" };
    }
  }
  return told;
}
