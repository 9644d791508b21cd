// Files in, verdict out: words come from the page's own texts, what files say goes in as text alone.

const TEXTS = JSON.parse(document.getElementById("texts").textContent);
const LANG = document.documentElement.lang;
const chosen = { proof: null, policy: null };
let asked = 0;

function get(id) {
  return document.getElementById(id);
}

function say(name, facts = {}) {
  return TEXTS[name].replace(/\{(\w+)\}/g, (_, fact) => facts[fact]);
}

// Letters of our alphabets alone: no name that a file brings moves other words or looks like another.
function plain(text) {
  return [...text].map((letter) => (/[ -~À-ɏ]/.test(letter) ? letter : `\\u{${letter.codePointAt(0).toString(16)}}`)).join("");
}

// A witness as people call it: by the agency that its name, or its key's, ends with.
function named(text) {
  const name = utf8(text) ?? text;
  return TEXTS[`agency_${name.split("/").pop()}`] ?? plain(name);
}

function when(seconds) {
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999) return say("seconds", { n: String(seconds) });
  const style = { dateStyle: "long", timeStyle: "medium", timeZone: "Europe/Paris" };
  return say("paris", { at: new Intl.DateTimeFormat(LANG === "fr" ? "fr-FR" : "en-GB", style).format(date) });
}

function number(value) {
  return new Intl.NumberFormat(LANG === "fr" ? "fr-FR" : "en-GB").format(value);
}

// What stands in backticks is code.
function element(tag, text, className = "") {
  const made = document.createElement(tag);
  for (const [at, piece] of text.split("`").entries()) made.append(at % 2 ? verbatim(piece) : piece);
  made.className = className;
  return made;
}

function verbatim(text) {
  const made = document.createElement("code");
  made.textContent = text;
  return made;
}

function rows(id, pairs) {
  get(id).replaceChildren(...pairs.flatMap(([term, value, code]) => {
    const told = document.createElement("dd");
    told.append(code ? verbatim(value) : value);
    return [element("dt", term), told];
  }));
}

function reason({ step, code, facts }) {
  if (facts.sentence) return facts.sentence;
  const sentence = TEXTS[`code_${code}`] ? `code_${code}` : `step_${step}`;
  const line = facts.line ? say("line", { line: facts.line }) : "";
  return say(sentence, { line, n: facts.n, name: named(facts.name ?? "") });
}

function verdict(state, sentence) {
  get("verdict").className = `banner verdict ${state}`;
  get("verdict").replaceChildren(element("strong", say(state)), " ", element("span", sentence));
}

function tellSteps(told) {
  const reached = Object.keys(STEPS).indexOf(told.step), ends = told.verdict === "holds" ? "good" : "bad";
  get("steps").replaceChildren(...Object.keys(STEPS).map((name, at) => {
    const state = at < reached ? "good" : at > reached ? "none" : ends;
    const mark = state === "bad" && told.verdict === "open" ? "mark_open" : `mark_${state}`;
    const item = element("li", say(`check_${name}`));
    item.append(" ", element("strong", say(mark), state));
    return item;
  }));
}

function tellWitnesses({ policy, seen }) {
  get("seen").replaceChildren(...seen.map((line) => {
    const facts = { name: named(line.witness), at: when(line.at) };
    return element("li", say(line.checked ? "cosigned" : "cosigned_unchecked", facts));
  }));
  get("quorum").textContent = policy.quorum === "none" ? say("quorum_none") : say("quorum_met");
}

function tellRecord({ record, head, own }) {
  const kind = TEXTS[`kind_${record.kind}`] ? say(`kind_${record.kind}`) : say("kind_other");
  const bus = TEXTS[`realm_${record.realm}`] ? say(`realm_${record.realm}`) : say("kind_other");
  const log = own.some(({ checked }) => !checked) ? say("log_both", { log: plain(head.origin) }) : plain(head.origin);
  rows("record", [
    [say("f_log"), log], [say("f_bus"), bus],
    [say("f_partition"), plain(String(record.partition))], [say("f_index"), say("of", { index: number(record.index), size: number(head.size) })],
    [say("f_at"), when(record.at)], [say("f_kind"), kind],
  ]);
}

async function tellDetails(files, { head, leaf, proof, verdict: state }) {
  const pairs = [];
  for (const name of ["proof", "policy"]) {
    pairs.push([say(`f_${name}`), plain(chosen[name].name)]);
    pairs.push([say("f_sha", { file: say(`f_${name}`) }), hex(await sha256(files[name])), true]);
  }
  if (state === "holds") pairs.push(
    [say("f_root"), btoa(head.root), true], [say("f_leaf"), btoa(leaf), true], [say("f_record"), utf8(proof.entry), true]);
  rows("details", pairs);
}

async function tell(told, files) {
  const holds = told.verdict === "holds";
  verdict(told.verdict, holds ? say("sentence", { index: number(told.record.index), log: plain(told.head.origin), size: number(told.head.size) }) : reason(told));
  tellSteps(told);
  if (holds) {
    tellRecord(told);
    tellWitnesses(told);
  }
  await tellDetails(files, told);
  get("told").hidden = !holds;
  get("checked").hidden = false;
}

// Sizes are looked at before a byte is read.
async function read(name) {
  const file = chosen[name];
  if (file.size > MOST[name])
    throw new Refused("too_large", { sentence: say("size", { name: say(`f_${name}`), size: number(file.size), most: number(MOST[name]) }) });
  return byteString(new Uint8Array(await file.arrayBuffer()));
}

async function check() {
  const turn = ++asked;
  get("told").hidden = get("checked").hidden = true;
  if (!chosen.proof || !chosen.policy) return verdict("waiting", say(chosen.proof ? "policy_next" : chosen.policy ? "proof_next" : "both_next"));
  get("result").setAttribute("aria-busy", "true");
  try {
    const files = { policy: await read("policy"), proof: await read("proof") };
    if (turn === asked && files.policy.startsWith(HEADER)) return verdict("waiting", say(files.proof.startsWith(HEADER) ? "two_proofs" : "swapped"));
    const told = await checkProof(files.proof, files.policy);
    if (turn === asked) await tell(told, files);
  } catch (error) {
    if (turn === asked) verdict(error instanceof Refused ? "refused" : "open", error instanceof Refused ? reason({ ...error, step: "form" }) : say("unable"));
  } finally {
    if (turn === asked) get("result").removeAttribute("aria-busy");
  }
}

// A dropped file stands in its control as one that was chosen there.
function choose(name, file) {
  const held = new DataTransfer();
  held.items.add(file);
  get(`${name}-file`).files = held.files;
  chosen[name] = file;
}

// Two files dropped at once are told apart by how a proof begins.
async function drop(event) {
  event.preventDefault();
  const zone = event.target.closest?.("[data-file]")?.dataset.file, files = [...event.dataTransfer.files].slice(0, 2);
  for (const file of files) {
    const isProof = (await file.slice(0, HEADER.length).text()) === HEADER;
    choose((files.length === 1 && zone) || (isProof ? "proof" : "policy"), file);
  }
  await check();
}

for (const name of ["proof", "policy"])
  get(`${name}-file`).addEventListener("change", ({ target }) => {
    chosen[name] = target.files[0] ?? null;
    check();
  });
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", drop);
check();
