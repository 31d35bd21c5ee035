// A pasted conversation into turns: lines that begin with who speaks, or JSON.

const SPEAKERS = {
  customer: ['customer', 'user', 'client', 'visitor', 'buyer', '고객', '고객님', '손님', '문의자'],
  agent: ['agent', 'person', 'human', 'support', 'staff', 'representative', 'operator', '상담원', '상담사', '직원', '담당자'],
  assistant: ['assistant', 'bot', 'ai', '챗봇', 'ai 도우미', '도우미'],
};
const WHO = new Map(Object.entries(SPEAKERS).flatMap(([speaker, names]) => names.map((name) => [name, speaker])));
const NAMES = [...WHO.keys()].sort((a, b) => b.length - a.length).join('|');
const LINE = new RegExp(`^\\s*(?:\\[[^\\]\\n]{1,40}\\]\\s*)?(${NAMES})\\s*[:：]\\s*(.*)$`, 'i');

/**
 * The conversations in a text, each `{id, turns: [{speaker, text}]}`; none when nothing can be read.
 * Lines without a speaker belong to the turn before; a text without any speaker is one turn of the customer.
 */
export function conversations(text) {
  const words = text.trim();
  if (!words) return [];
  const found = /^[[{]/.test(words) ? fromJson(words) : null;
  if (found?.length) return found;
  const turns = fromLines(words);
  return turns.length ? [{ id: '1', turns }] : [];
}

function fromLines(text) {
  const turns = [];
  for (const line of text.split(/\r?\n/)) {
    const said = LINE.exec(line);
    if (said) turns.push({ speaker: WHO.get(said[1].toLowerCase()), text: said[2] });
    else if (turns.length) turns.at(-1).text += `\n${line}`;
    else if (line.trim()) turns.push({ speaker: 'customer', text: line });
  }
  return turns.map(({ speaker, text: words }) => ({ speaker, text: words.trim() })).filter((turn) => turn.text);
}

function fromJson(text) {
  const whole = read(text);
  const values = whole === undefined ? text.split('\n').filter((line) => line.trim()).map(read) : [whole];
  const list = values.flatMap((value) => (Array.isArray(value) && !value.some(isTurn) ? value : [value]));
  return list.map(oneOf).filter((found) => found?.turns.length);
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isTurn(value) {
  return Boolean(value && typeof value === 'object' && wordsOf(value) !== null && nameOf(value));
}

function oneOf(value, position) {
  if (!value || typeof value !== 'object') return null;
  const listed = Array.isArray(value) ? value : (value.turns ?? value.messages ?? value.conversation?.turns);
  if (!Array.isArray(listed)) return null;
  const turns = listed.filter(isTurn).flatMap((turn) => {
    const speaker = WHO.get(nameOf(turn).toLowerCase());
    const words = wordsOf(turn).trim();
    return speaker && words ? [{ speaker, text: words }] : [];
  });
  return { id: String(value.id ?? position + 1), turns };
}

function nameOf(turn) {
  const name = turn.speaker ?? turn.role ?? turn.author ?? turn.from;
  return typeof name === 'string' ? name : '';
}

function wordsOf(turn) {
  const words = turn.text ?? turn.content ?? turn.message;
  return typeof words === 'string' ? words : null;
}
