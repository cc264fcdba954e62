/**
 * Characters that nobody sees and that carry no order number: soft hyphens, joiners, byte order marks, marks of direction,
 * variation selectors, tags. Default_Ignorable_Code_Point of Unicode 17 (which holds U+00AD and U+FEFF), and U+FFF9–FFFB,
 * the interlinear annotation. A literal list, because `\p{…}` would say something else under another version of Node: then
 * a paid order would get a new key.
 */
const INVISIBLE_RANGES: readonly (readonly [from: number, to: number])[] = [
	...([
		[0x00ad, 0x00ad],
		[0x034f, 0x034f],
		[0x061c, 0x061c],
		[0x115f, 0x1160],
	] as const),
	...([
		[0x17b4, 0x17b5],
		[0x180b, 0x180f],
		[0x200b, 0x200f],
		[0x202a, 0x202e],
	] as const),
	...([
		[0x2060, 0x206f],
		[0x3164, 0x3164],
		[0xfe00, 0xfe0f],
		[0xfeff, 0xfeff],
	] as const),
	...([
		[0xffa0, 0xffa0],
		[0xfff0, 0xfffb],
		[0x1bca0, 0x1bca3],
		[0x1d173, 0x1d17a],
	] as const),
	[0xe0000, 0xe0fff],
];

const toCodePointEscape = (code: number) => `\\u{${code.toString(16)}}`;
const INVISIBLE = new RegExp(
	`[${INVISIBLE_RANGES.map(([from, to]) => `${toCodePointEscape(from)}-${toCodePointEscape(to)}`).join('')}]`,
	'gu',
);

/**
 * More marks upon one letter than any language writes (Unicode's Stream-Safe Text Format, UAX #15). To bring 80,000 of them
 * into order takes seconds, so such a text is not normalized, and no key is made from it.
 */
const STACKED_MARKS = /\p{M}{31}/u;

/** Whether so many marks stand upon one letter that a text cannot be brought into one spelling. */
export function hasStackedMarks(text: string): boolean {
	return STACKED_MARKS.test(text);
}

/** One spelling for one text: without invisible characters, in Unicode NFC, without white space around it. */
export function toCanonicalText(text: string): string {
	let before = text;
	for (;;) {
		const after = normalize(before.replace(INVISIBLE, '')).trim();
		if (after === before) return after;
		before = after;
	}
}

/**
 * Latin, Greek, Cyrillic, and the punctuation and currency signs that stand beside them. In them no invisible character
 * carries meaning; elsewhere it joins emoji, chooses glyphs and keeps right-to-left text readable.
 */
const WITHOUT_JOINERS = /^[\0-\u052f\u1e00-\u1fff\u2000-\u206f\u20a0-\u20cf]*$/;

/**
 * A text as it is sent: in the canonical form where that changes nothing to be seen, so that an order number with an
 * invisible mark is the same parameter as without; as it is written, in NFC and trimmed, where it would.
 */
export function toWireText(text: string): string {
	const canonical = toCanonicalText(text);
	return WITHOUT_JOINERS.test(canonical) ? canonical : normalize(text).trim();
}

function normalize(text: string): string {
	return hasStackedMarks(text) ? text : text.normalize('NFC');
}
