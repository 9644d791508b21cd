"use strict";
// Proofs, notes, checkpoints and policies, read as strictly as contracts/proof reads them
// (proof §3, §6). Files are "byte strings", one character a byte, so that what is
// no UTF-8 is compared as it is; hashes and keys are byte strings too.

const HEADER = "c2sp.org/tlog-proof@v1";
const MOST = { entry: 65535, note: 262144, policy: 524288, path: 63, lines: 64, each: 128, logKeys: 16, witnesses: 48, vkey: 2400 };
MOST.proof = 2 * MOST.entry + 64 * (MOST.path + 3) + MOST.note;
const ED25519 = 1, COSIGNATURE = 4, ML_DSA_44 = 6;
const PUBLIC_BYTES = { [ED25519]: 32, [COSIGNATURE]: 32, [ML_DSA_44]: 1312 };
// What Python's str.isspace takes for white space: no name of a key has any.
const SPACE = /[\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

// A file that is refused: `code` is contracts/proof's, `facts` go into the sentence that tells it.
class Refused extends Error {
  constructor(code, facts = {}) {
    super(code);
    Object.assign(this, { code, facts });
  }
}

function need(good, code, facts) {
  if (!good) throw new Refused(code, facts);
}

function byteString(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

function bytesOf(text) {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function hex(text) {
  return Array.from(text, (character) => character.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

function bigEndian(text) {
  return text ? BigInt("0x" + hex(text)) : 0n;
}

async function sha256(text) {
  return byteString(new Uint8Array(await crypto.subtle.digest("SHA-256", bytesOf(text))));
}

// A byte string as text, or null where it is no UTF-8.
function utf8(text) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytesOf(text));
  } catch {
    return null;
  }
}

// Base64 has one form: what it decodes to must encode to the same text.
function unbase64(text) {
  let decoded = "";
  try {
    decoded = atob(text);
  } catch {
    need(false, "base64_not_canonical");
  }
  need(btoa(decoded) === text, "base64_not_canonical");
  return decoded;
}

function decimal(text) {
  need(/^(?:0|[1-9][0-9]{0,18})$/.test(text) && BigInt(text) < 1n << 63n, "number_malformed");
  return BigInt(text);
}

function parseProof(data) {
  need(data.length <= MOST.proof, "too_large");
  const end = data.indexOf("\n\n"), lines = data.slice(0, Math.max(end, 0)).split("\n");
  need(lines.length >= 2 && lines[0] === HEADER && !/[^\0-\x7f]/.test(lines.join("")), "proof_malformed");
  const extra = lines[1].startsWith("extra ");
  const entry = extra ? unbase64(lines[1].slice(6)) : null;
  need(!extra || entry.length <= MOST.entry, "too_large");
  const [index = "", ...hashes] = lines.slice(extra ? 2 : 1);
  need(index.startsWith("index ") && hashes.length <= MOST.path, "proof_malformed");
  const path = hashes.map(unbase64);
  need(path.every((hash) => hash.length === 32), "proof_malformed");
  return { index: decimal(index.slice(6)), path, checkpoint: data.slice(end + 2), entry };
}

function parseNote(data) {
  need(data.length <= MOST.note, "too_large");
  const end = data.lastIndexOf("\n\n"), under = data.slice(end + 2);
  need(end >= 0 && under.endsWith("\n") && !/[\0-\t\v-\x1f]/.test(data), "note_malformed");
  need(under.split("\n").length - 1 <= MOST.lines, "too_many_signatures");
  const text = data.slice(0, end + 1), lines = utf8(under);
  need(utf8(text) !== null && lines !== null, "note_malformed");
  return { text, lines: lines.slice(0, -1).split("\n").map(parseLine) };
}

function parseLine(line) {
  const [, name, encoded] = /^— ([^ ]*) (.*)$/su.exec(line) ?? [];
  need(name && !name.includes("+") && !SPACE.test(name), "note_malformed");
  const raw = unbase64(encoded);
  need(raw.length > 4, "note_malformed");
  return { name, keyId: hex(raw.slice(0, 4)), signature: raw.slice(4) };
}

function parseCheckpoint(text) {
  const lines = text.split("\n");
  need(lines.length === 4 && !lines[3] && lines[0] && lines[0].length <= 255, "checkpoint_malformed");
  const root = unbase64(lines[2]);
  need(root.length === 32, "checkpoint_malformed");
  return { origin: lines[0], size: decimal(lines[1]), root };
}

async function parseVkey(vkey) {
  const [, name, keyId, encoded] = /^([!-*,-~]{1,255})\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(vkey) ?? [];
  need(name && vkey.length <= MOST.vkey, "vkey_malformed");
  const raw = unbase64(encoded), kind = raw.charCodeAt(0);
  need(kind in PUBLIC_BYTES, "vkey_kind_unknown");
  need(raw.length - 1 === PUBLIC_BYTES[kind], "vkey_malformed");
  need(hex((await sha256(`${name}\n${raw}`)).slice(0, 4)) === keyId, "vkey_id_differs");
  return { name, keyId, kind, public: raw.slice(1) };
}

// Takes a policy line by line; a name is defined before it is used, and is a member once.
class PolicyReader {
  logs = [];
  witnesses = new Map(); // name → key
  groups = new Map(); // name → {least, members}
  quorum = "";
  #members = new Set();
  #publics = new Set();

  async take(words) {
    const [take, least, most] =
      { log: [this.log, 2, 3], witness: [this.witness, 3, 4], group: [this.group, 4, 3 + 2 * MOST.each], quorum: [this.end, 2, 2] }[words[0]] ?? [];
    need(take && words.length >= least && words.length <= most, "policy_malformed");
    await take.call(this, words);
  }

  async log([, vkey]) {
    need(this.logs.length < MOST.each, "too_many");
    const key = await this.key(vkey, ED25519);
    need(this.logs.filter(({ name }) => name === key.name).length < MOST.logKeys, "too_many");
    this.logs.push(key);
  }

  async witness([, name, vkey]) {
    need(this.witnesses.size < MOST.witnesses, "too_many");
    this.fresh(name);
    this.witnesses.set(name, await this.key(vkey, COSIGNATURE));
  }

  group([, name, least, ...members]) {
    need(this.groups.size < MOST.each, "too_many");
    this.fresh(name);
    for (const member of members) {
      need(this.knows(member), "name_unknown");
      need(!this.#members.has(member), "member_twice");
      this.#members.add(member);
    }
    const count = least === "all" ? members.length : least === "any" ? 1 : Number(decimal(least));
    need(count >= 1 && count <= members.length, "policy_malformed");
    this.groups.set(name, { least: count, members });
  }

  end([, name]) {
    need(!this.quorum, "policy_malformed");
    need(name === "none" || this.knows(name), "name_unknown");
    this.quorum = name;
  }

  async key(vkey, kind) {
    const key = await parseVkey(vkey);
    need(key.kind === kind || key.kind === ML_DSA_44, "vkey_kind_unknown");
    need(!this.#publics.has(key.public), "key_twice");
    this.#publics.add(key.public);
    return key;
  }

  knows(name) {
    return this.witnesses.has(name) || this.groups.has(name);
  }

  fresh(name) {
    need(name !== "none" && !this.knows(name), "name_twice");
  }
}

async function parsePolicy(data) {
  need(data.length <= MOST.policy, "too_large");
  need(data.endsWith("\n") && !/[\0-\x08\v-\x1f\x7f]/.test(data), "policy_malformed");
  const policy = new PolicyReader();
  for (const [at, line] of data.split("\n").entries()) {
    const words = line.split(/[ \t]/).filter(Boolean);
    if (!words.length || words[0].startsWith("#")) continue;
    try {
      await policy.take(words);
    } catch (error) {
      throw error instanceof Refused ? new Refused(error.code, { line: at + 1 }) : error;
    }
  }
  need(policy.quorum, "policy_malformed");
  return policy;
}

// Whether these witnesses are enough; each group names those before it.
function isMet(policy, names) {
  const done = new Set(names);
  for (const [name, { least, members }] of policy.groups)
    if (members.filter((member) => done.has(member)).length >= least) done.add(name);
  return policy.quorum === "none" || done.has(policy.quorum);
}
