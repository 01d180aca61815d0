/** Text on a terminal: what may be shown, how wide it is, how it is cut. All functions are pure. */

/** Controls, and the marks that turn the reading direction: they could rewrite what the person sees. */
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60]/u;
const invisible = /^[\p{Mn}\p{Me}\u200b-\u200d\ufeff]+$/u;
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** `text` with everything that a terminal would obey instead of showing replaced. */
export function printable(text: string): string {
  return text.replace(unprintable, "\ufffd");
}

/** Columns that printable `text` takes. */
export function textWidth(text: string): number {
  return split(text).reduce((sum, grapheme) => sum + graphemeWidth(grapheme), 0);
}

/** `text` in at most `width` columns, cut in the middle; the end, with its extension, stays. */
export function cutMiddle(text: string, width: number, ellipsis: string): string {
  if (textWidth(text) <= width) return text;
  const room = width - textWidth(ellipsis);
  if (room < 2) return take(split(text), width).join("");
  const tail = take(split(text).reverse(), Math.ceil(room / 2)).reverse();
  return [...take(split(text), Math.floor(room / 2)), ellipsis, ...tail].join("");
}

/** `text` followed by blanks up to `width` columns. */
export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - textWidth(text)));
}

/** `text` in lines of at most `width` columns, broken between words. */
export function wrap(text: string, width: number): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && textWidth(line) + 1 + textWidth(word) <= width)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join("\n");
}

function split(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

function graphemeWidth(grapheme: string): number {
  if (invisible.test(grapheme)) return 0;
  return wide.test(grapheme) ? 2 : 1;
}

function take(parts: readonly string[], width: number): string[] {
  const taken: string[] = [];
  let used = 0;
  for (const part of parts) {
    used += graphemeWidth(part);
    if (used > width) break;
    taken.push(part);
  }
  return taken;
}
