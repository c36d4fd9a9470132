// The chat page of 问报. Plain modules of the browser, no build step, so that what is served is what can be read.
// Text from the server enters the page through textContent only: a report or a question must never become markup.

const TIMEOUT_MS = 10_000;
const MAX_QUESTION_CHARS = 500; // the textarea's maxlength
const MAX_KEPT_TURNS = 30;

const STARTERS = ["2019年办理了多少件行政复议案件?", "办事还要跑好几个窗口吗?", "存在哪些问题?", "2020年有什么打算?"];

const BADGES = {
  answer: "报告原文",
  related: "报告没有说到这一点",
  clarify: "您想问哪一个",
  section: "原文",
  contents: "目录",
  check: "核对结果",
  refuse: "答不了",
};
const VERDICTS = { supported: "属实", refuted: "与报告不符", not_enough_info: "报告未提及" };

const FIELD_NAMES = {
  question: "您的问题", query: "您的问题", matched_question: "对上的问题", pair: "对上的问题", outcome: "结果", status: "结果",
  section: "条款", label: "条款", title: "标题", quote: "引文", score: "得分", similarity: "相似度", confidence: "把握",
  threshold: "门槛", rank: "名次", signals: "依据", candidates: "候选条款", verdict: "核对", release: "报告版本",
  reply_id: "回答编号", report: "报告", elapsed_ms: "用时(毫秒)", kind: "类型", reason: "理由",
};

const byId = (id) => document.getElementById(id);
const log = byId("log");
const input = byId("question");
const send = byId("send");
const panel = byId("panel");
const panelBody = byId("panel-body");

// ---- elements

function make(tag, { className, text, onClick, ...attributes } = {}, children = []) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  if (onClick) node.addEventListener("click", onClick);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const button = (text, onClick, className = "button") => make("button", { type: "button", className, text, onClick });

function scrollTo(node, block) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  node.scrollIntoView({ block, behavior: calm ? "auto" : "smooth" });
}

// ---- what one tab remembers

function recall(key, otherwise) {
  try {
    return JSON.parse(sessionStorage.getItem(`wenbao.${key}`)) ?? otherwise;
  } catch {
    return otherwise; // some browsers forbid storage; the page then forgets on reload
  }
}

function keep(key, value) {
  try {
    sessionStorage.setItem(`wenbao.${key}`, JSON.stringify(value));
  } catch {
    // See recall.
  }
}

// randomUUID exists only on https and localhost; the page is also opened by address inside an office network.
const randomId = () => crypto.randomUUID?.() ?? crypto.getRandomValues(new Uint32Array(4)).join("-");
const conversation = recall("conversation", null) ?? randomId();
keep("conversation", conversation);

// ---- requests

class RequestFailed extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

function failureText(status, body) {
  if (typeof body?.detail === "string") return body.detail; // a validation error carries a list: not for people
  return status === 429 ? "问得太快了,请过一会儿再试。" : `服务暂时出了问题(${status}),请稍后再试。`;
}

/** GET *path*, or POST *payload* as JSON; null for 204; throws RequestFailed with a sentence for the reader. */
async function request(path, payload) {
  const post = payload && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(payload) };
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  try {
    const response = await fetch(path, { ...post, signal: abort.signal });
    if (response.status === 204) return null;
    const body = await response.json().catch(() => null); // a proxy in between may answer with a page of its own
    if (response.ok && body) return body;
    throw new RequestFailed(failureText(response.status, body), response.status);
  } catch (error) {
    if (abort.signal.aborted) throw new RequestFailed("等了 10 秒还没有回音,请再试一次。");
    if (error instanceof RequestFailed) throw error;
    throw new RequestFailed(navigator.onLine ? "连不上服务,请稍后再试。" : "网络断开了,请检查网络后再试。");
  } finally {
    clearTimeout(timer);
  }
}

const MAX_NAMED = 6; // reports that the greeting names
let reports = []; // what the service holds: [{id, title, document_number, publisher, year, place, kind, newer, sections}]
async function loadReports() {
  if (!reports.length) reports = await request("/api/reports").catch(() => []); // titles only: an answer goes without
}
const reportOf = (id) => reports.find((report) => report.id === id) ?? { id, title: id };

// ---- asking

let busy = false;

function setBusy(value) {
  busy = value;
  send.setAttribute("aria-disabled", String(value)); // not `disabled`: that would drop the keyboard focus
  send.textContent = value ? "查找中" : "发送";
  log.setAttribute("aria-busy", String(value));
}

function setQuestion(text) {
  input.value = text;
  keep("draft", text);
  input.style.height = "auto"; // through the CSSOM, which the page's style policy allows
  input.style.height = `${input.scrollHeight + 2}px`;
  byId("limit").textContent = text.length >= MAX_QUESTION_CHARS ? `最多 ${MAX_QUESTION_CHARS} 字,后面的没有收进来。` : "";
}

function addTurn(question) {
  const bubble = make("p", { className: "asked" }, [make("span", { className: "visually-hidden", text: "您问:" }), question]);
  return log.appendChild(make("div", { className: "turn", tabindex: "-1" }, [bubble]));
}

function ask(question) {
  if (!busy) answerTurn(addTurn(question), question);
}

async function answerTurn(turn, question) {
  if (busy) return;
  setBusy(true);
  const pending = turn.appendChild(make("p", { className: "pending", text: "正在翻查报告" }));
  scrollTo(turn, "start");
  let outcome;
  try {
    const [reply] = await Promise.all([request("/api/ask", { question, conversation }), loadReports()]);
    outcome = replyCard(reply);
    keep("turns", [...recall("turns", []), { question, reply }].slice(-MAX_KEPT_TURNS));
    if (input.value.trim() === question) setQuestion("");
  } catch (error) {
    if (!(error instanceof RequestFailed)) console.error(error);
    outcome = errorCard(error instanceof RequestFailed ? error.message : "回答显示不出来,请再试一次。", () => {
      turn.focus({ preventScroll: true }); // the button that has the focus goes away
      outcome.remove();
      answerTurn(turn, question);
    });
    if (!input.value.trim()) setQuestion(question); // nothing typed gets lost
  } finally {
    setBusy(false);
  }
  pending.replaceWith(outcome);
  scrollTo(turn, "start");
}

function errorCard(message, retry) {
  return make("div", { className: "card failure" }, [make("p", { text: message }), button("重试", retry, "button button-primary")]);
}

// ---- a reply

function replyCard(reply) {
  const { outcome, text, citations = [], suggestions = [] } = reply;
  const card = make("article", { className: `card reply reply-${outcome}`, "aria-label": "回答" });
  if (BADGES[outcome]) card.append(badge(reply));
  if (outcome === "answer" && citations.length) {
    const rest = remainder(text, citations);
    card.append(...citations.map(quotation));
    if (rest) card.append(make("details", {}, [make("summary", { text: "详情" }), make("p", { className: "plain", text: rest })]));
  } else {
    // The choices of a clarifying question already lead to its sections.
    const shown = outcome === "clarify" && suggestions.length ? [] : citations;
    card.append(make("p", { className: "plain", text }), ...shown.map(citationButton));
  }
  if (outcome === "contents") card.append(button("打开报告全文", (event) => openPanel(citations[0]?.report, null, event.currentTarget)));
  if (suggestions.length) {
    const title = outcome === "answer" ? "还可以问" : "您可以这样问";
    if (outcome !== "clarify") card.append(make("p", { className: "choices-title", text: title })); // its badge is the title
    card.append(choiceList(suggestions.map((suggestion) => suggestion.question)));
  }
  card.append(replyTools(reply));
  return card;
}

function badge({ outcome, verdict }) {
  const node = make("p", { className: `badge badge-${verdict ?? outcome}`, text: BADGES[outcome] });
  if (outcome === "check" && VERDICTS[verdict]) node.textContent += `:${VERDICTS[verdict]}`;
  return node;
}

function quotation(citation) {
  return make("figure", { className: "quotation" }, [make("blockquote", { text: citation.quote }), citationButton(citation)]);
}

function citationButton(citation) {
  const { report, label, title } = citation;
  const open = (event) => openPanel(report, citation, event.currentTarget);
  return make("button", { type: "button", className: "citation", "aria-haspopup": "dialog", onClick: open }, [
    make("span", { className: "citation-report", text: `《${reportOf(report).title}》` }),
    make("span", { className: "citation-label", text: `${label} ` }),
    make("span", { className: "citation-title", text: label === title ? "" : `${title} ` }),
    ...newerNote(report),
    make("span", { className: "citation-open", text: "看原文" }),
  ]);
}

/** Says that a newer edition of the cited report has been published, where one has. */
function newerNote(id) {
  const newer = reports.find((report) => report.id === reportOf(id).newer);
  return newer ? [make("span", { className: "citation-newer", text: `已有${newer.year}年版 ` })] : [];
}

/** The lines of *text* that say more than the quotes and where they stand. */
function remainder(text, citations) {
  const words = (line) => line.replace(/[^\p{L}\p{N}]/gu, "");
  const shown = citations.flatMap((c) => [...c.quote.split("……"), reportOf(c.report).title, reportOf(c.report).document_number, c.label, c.title]).map(words);
  shown.sort((a, b) => b.length - a.length); // a title may hold a label: take the longest away first
  const saysMore = (line) => {
    const said = words(line);
    const left = shown.reduce((rest, piece) => (piece ? rest.replaceAll(piece, "") : rest), said);
    return left !== "" && !shown.some((piece) => piece.includes(said)); // a quote may run over several lines
  };
  return text.split("\n").filter(saysMore).join("\n");
}

function choiceList(questions) {
  return make("ul", { className: "choices" }, questions.map((question) => make("li", {}, [button(question, () => ask(question), "choice")])));
}

// ---- below a reply

function replyTools(reply) {
  const status = make("p", { className: "tool-status", role: "status" });
  const extra = make("div", { className: "tool-extra" });
  const copy = button("复制", async () => {
    const copied = await copyText(copyable(reply));
    status.textContent = copied ? "已复制,可以粘贴到别处。" : "这个浏览器不让复制,请长按文字选取。";
  }, "tool");
  const tools = [...feedbackButtons(reply, status, extra), copy];
  if (reply.citations?.length) tools.push(whyButton(reply, status, extra, copy));
  const row = make("div", { className: "tool-row", role: "group", "aria-label": "对这条回答" }, tools);
  return make("div", { className: "tools" }, [row, status, extra]);
}

function feedbackButtons(reply, status, extra) {
  const tell = async (fields) => {
    try {
      await request("/api/feedback", { reply_id: reply.reply_id, ...fields });
      status.textContent = "收到了,谢谢您。";
      return true;
    } catch (error) {
      status.textContent = `没有送到:${error.message}`;
      return false;
    }
  };
  const vote = async (helpful) => {
    if (!(await tell({ helpful }))) return;
    [useful, useless].forEach((node) => node.setAttribute("aria-pressed", String((node === useful) === helpful)));
    extra.replaceChildren(...(helpful ? [] : [commentForm(tell, extra, useless)]));
  };
  const useful = button("有用", () => vote(true), "tool");
  const useless = button("没用", () => vote(false), "tool");
  [useful, useless].forEach((node) => node.setAttribute("aria-pressed", "false"));
  return [useful, useless];
}

function commentForm(tell, extra, opener) {
  const box = make("textarea", { rows: "3", maxlength: "500" });
  const label = make("label", {}, [make("span", { text: "哪里不对?(可以不填)" }), box]);
  const form = make("form", { className: "comment" }, [label, make("button", { type: "submit", className: "button", text: "提交意见" })]);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!box.value.trim()) return box.focus();
    if (!(await tell({ helpful: false, comment: box.value.trim() }))) return;
    extra.replaceChildren();
    opener.focus();
  });
  return form;
}

function copyable({ outcome, text, citations = [] }) {
  if (outcome !== "answer" || !citations.length) return text;
  const source = ({ report, label, title }) => `《${reportOf(report).title}》${reportOf(report).document_number ?? ""} ${label} ${title}`;
  return citations.map((citation) => `“${citation.quote}”\n——${source(citation)}`).join("\n\n");
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No clipboard outside https, and WeChat's browser refuses it: the old way through a selection.
    const focused = document.activeElement;
    const box = document.body.appendChild(make("textarea", { className: "visually-hidden", "aria-hidden": "true", readonly: "" }));
    box.value = text;
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    focused?.focus({ preventScroll: true });
    return done;
  }
}

let canExplain = true;

function whyButton(reply, status, extra, neighbour) {
  const why = button("为什么是这条", async () => {
    try {
      extra.replaceChildren(explanation(await request(`/api/explain?reply_id=${encodeURIComponent(reply.reply_id)}`)));
    } catch (error) {
      status.textContent = error.status === 404 ? "这里没有说明可看。" : error.message;
      if (error.status !== 404) return;
      canExplain = false;
      document.querySelectorAll(".why").forEach((node) => (node.hidden = true));
      neighbour.focus();
    }
  }, "tool why");
  why.hidden = !canExplain;
  return why;
}

const fieldName = (name) => FIELD_NAMES[name] ?? name;

function explanation(fields) {
  const row = ([name, value]) => make("tr", {}, [make("th", { scope: "row", text: fieldName(name) }), make("td", { text: describe(value) })]);
  const rows = make("tbody", {}, Object.entries(fields).map(row));
  return make("table", { className: "explain" }, [make("caption", { text: "为什么是这条" }), rows]);
}

function describe(value) {
  if (value === null || value === "") return "无";
  if (typeof value === "boolean") return value ? "是" : "否";
  if (typeof value === "number") return String(Number(value.toFixed(3)));
  if (Array.isArray(value)) return value.map(describe).join("\n") || "无";
  if (typeof value === "object") return Object.entries(value).map(([name, part]) => `${fieldName(name)} ${describe(part)}`).join(";");
  return String(value);
}

// ---- the whole report

let panelOpener = null;

function openPanel(reportId, citation, opener) {
  panelOpener = opener;
  panel.showModal();
  history.pushState({ panel: true }, ""); // a phone's back key then closes the panel instead of leaving the page
  showReport(reportId, citation);
}

panel.addEventListener("close", () => {
  if (history.state?.panel) history.back();
  panelBody.replaceChildren();
  panelOpener?.focus();
});
addEventListener("popstate", () => panel.open && panel.close());
byId("panel-close").addEventListener("click", () => panel.close());
byId("panel-top").addEventListener("click", () => {
  panelBody.scrollTop = 0;
  panelBody.focus();
});
byId("contents").addEventListener("click", (event) => openPanel(null, null, event.currentTarget));

/** Fill the panel. Loaded on every opening: the report may have been replaced since the page was. */
async function showReport(reportId, citation) {
  const loading = make("p", { className: "notice", text: "正在打开报告" });
  panelBody.replaceChildren(loading);
  try {
    await loadReports();
    const report = reportId ? reportOf(reportId) : reports[0];
    if (!report) throw new RequestFailed("报告没有取到,请再试一次。");
    const sections = await request(`/api/sections?report=${encodeURIComponent(report.id)}`);
    if (!loading.isConnected) return; // closed, or another report asked for meanwhile
    const blocks = sections.map((section) => sectionBlock(section, sections, section.id === citation?.section ? citation.quote : undefined));
    panelBody.replaceChildren(reportHead(report), ...reportChooser(report), tableOfContents(sections), ...blocks);
  } catch (error) {
    if (loading.isConnected) loading.replaceWith(errorCard(error.message, () => showReport(reportId, citation)));
    return;
  }
  const cited = panelBody.querySelector(".is-cited");
  panelBody.scrollTop = 0;
  if (!cited) return;
  cited.focus({ preventScroll: true }); // a screen reader goes on reading from the cited section
  (cited.querySelector("mark") ?? cited).scrollIntoView({ block: "center" });
}

function reportHead(report) {
  return make("header", { className: "report-head" }, [
    make("p", { className: "report-publisher", text: report.publisher ?? "" }),
    make("p", { className: "report-number", text: report.document_number ?? "" }),
    make("h3", { className: "report-title", text: report.title }),
  ]);
}

function reportChooser(current) {
  const others = reports.filter((report) => report.id !== current.id);
  const items = others.map((report) => make("li", {}, [button(report.title, () => showReport(report.id, null), "choice")]));
  const list = [make("p", { className: "choices-title", text: "其他报告" }), make("ul", { className: "choices" }, items)];
  return others.length ? [make("nav", { className: "toc", "aria-label": "其他报告" }, list)] : [];
}

const HEADING_TAGS = { meta: "h4", part: "h4", article: "h5", item: "h6" }; // a preamble and a tail print none

/** The heading as printed: its number is its label less its parent's, "一、(四)1" -> "1."; labels leave out an item's full stop. */
function headingText(section, sections) {
  if (section.kind === "meta") return section.title;
  const above = sections.find((other) => other.id === section.parent)?.label ?? "";
  const number = section.label.startsWith(above) ? section.label.slice(above.length) : section.label;
  return `${number}${/\d$/.test(number) ? "." : ""}${section.title}`;
}

function tableOfContents(sections) {
  const entries = sections.filter(({ kind }) => kind === "part" || kind === "article").map((section) => {
    const jump = () => {
      const block = byId(`section-${section.id}`);
      block.focus({ preventScroll: true });
      scrollTo(block, "start");
    };
    return make("li", { className: `toc-${section.kind}` }, [button(headingText(section, sections), jump, "toc-entry")]);
  });
  const title = make("h4", { className: "toc-title", text: "目录" });
  return make("nav", { className: "toc", "aria-label": "目录" }, [title, make("ol", {}, entries)]);
}

function sectionBlock(section, sections, quote) {
  const isCited = quote !== undefined;
  const className = `section section-${section.kind}${isCited ? " is-cited" : ""}`;
  const block = make("section", { className, id: `section-${section.id}`, tabindex: "-1", "aria-label": section.label });
  const ranges = isCited ? quoteRanges(section.text, quote) : [];
  if (HEADING_TAGS[section.kind]) {
    const heading = headingText(section, sections);
    const inHeading = isCited && !ranges.length ? quoteRanges(heading, quote) : [];
    block.append(make(HEADING_TAGS[section.kind], {}, markedText(heading, 0, inHeading)));
  }
  let offset = 0;
  for (const line of section.text.split("\n")) {
    if (line.trim()) block.append(make("p", {}, markedText(line, offset, ranges)));
    offset += line.length + 1;
  }
  return block;
}

/** Where *quote* stands in *text*, white space aside, as [start, end) pairs; "……" joins two verbatim pieces. */
function quoteRanges(text, quote) {
  const places = [...text.matchAll(/\S/g)].map((match) => match.index);
  const packed = text.replace(/\s/g, "");
  const find = (piece, from) => {
    const wanted = piece.replace(/\s/g, "");
    const at = wanted ? packed.indexOf(wanted, from) : -1;
    return at < 0 ? null : { start: places[at], end: places[at + wanted.length - 1] + 1, next: at + wanted.length };
  };
  const whole = find(quote, 0); // the report may print "……" itself
  if (whole) return [whole];
  let from = 0;
  return quote.split("……").map((piece) => {
    const found = find(piece, from);
    from = found?.next ?? from;
    return found;
  }).filter(Boolean);
}

/** The nodes of *line*, which begins at *offset* of its text, with *ranges* of that text marked. */
function markedText(line, offset, ranges) {
  const nodes = [];
  let done = 0;
  for (const { start, end } of ranges) {
    const from = Math.max(start - offset, done);
    const to = Math.min(end - offset, line.length);
    if (from >= to) continue;
    nodes.push(line.slice(done, from), make("mark", { text: line.slice(from, to) }));
    done = to;
  }
  return [...nodes, line.slice(done)];
}

// ---- start

function submit(event) {
  event.preventDefault();
  const question = input.value.trim();
  if (busy) return; // what is typed stays
  if (!question) return input.focus();
  setQuestion("");
  ask(question);
}

byId("composer").addEventListener("submit", submit);
input.addEventListener("input", () => setQuestion(input.value));
input.addEventListener("keydown", (event) => {
  // keyCode 229: Safari ends the composition before the Enter that chose a word, so isComposing alone would send it.
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) submit(event);
});

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // a #question in the address would take the focus again whenever the panel's history entry goes
  input.focus();
});
byId("starters").replaceChildren(...choiceList(STARTERS).children);
setQuestion(recall("draft", ""));
// A phone drops pages it does not show: bring back what this tab has asked.
const restored = recall("turns", []).map(({ question, reply }) => ({ turn: addTurn(question), reply }));
loadReports().then(() => {
  const named = reports.slice(0, MAX_NAMED).map((report) => `《${report.title}》`).join("、");
  byId("held").textContent = `现在收录:${named}${reports.length > MAX_NAMED ? `等${reports.length}份` : ""}`;
  byId("held").hidden = !reports.length;
  restored.forEach(({ turn, reply }) => turn.append(replyCard(reply)));
  restored.at(-1)?.turn.scrollIntoView();
});
