import { toCanonicalText, hasStackedMarks, toWireText } from '../../../ledger/model/canonicalText';

/** Default_Ignorable_Code_Point of Unicode 17 (DerivedCoreProperties.txt), and U+FFF9–FFFB: first and last of each range. */
const INVISIBLE: [from: number, to: number][] = [
	[0x00ad, 0x00ad],
	[0x034f, 0x034f],
	[0x061c, 0x061c],
	[0x115f, 0x1160],
	[0x17b4, 0x17b5],
	[0x180b, 0x180f],
	[0x200b, 0x200f],
	[0x202a, 0x202e],
	[0x2060, 0x206f],
	[0x3164, 0x3164],
	[0xfe00, 0xfe0f],
	[0xfeff, 0xfeff],
	[0xffa0, 0xffa0],
	[0xfff0, 0xfff8],
	[0xfff9, 0xfffb],
	[0x1bca0, 0x1bca3],
	[0x1d173, 0x1d17a],
	[0xe0000, 0xe0fff],
];
const all = INVISIBLE.flatMap(([from, to]) =>
	Array.from({ length: to - from + 1 }, (_, offset) => String.fromCodePoint(from + offset)),
);

describe('the canonical text', () => {
	it.each(INVISIBLE)('contains no character from U+%d to U+%d, wherever it appears', (from, to) => {
		for (const code of [from, to]) {
			const mark = String.fromCodePoint(code);
			for (const text of [`${mark}1001`, `10${mark}01`, `1001${mark}`, ` ${mark} 1001 ${mark} `])
				expect(toCanonicalText(text)).toBe('1001');
		}
	});

	it('omits exactly those and no other', () => {
		const gone = [];
		for (let code = 0; code <= 0x10ffff; code++)
			if (toCanonicalText(`a${String.fromCodePoint(code)}b`) === 'ab')
				gone.push(String.fromCodePoint(code));
		expect(gone).toEqual(all);
	});

	it('joins a letter with the accent that an invisible mark separated from it', () => {
		expect(toCanonicalText('Zoe\u200b\u0308')).toBe('Zo\u00eb');
		expect(toCanonicalText('\u200b \u2060\u00a01001\u00a0\ufeff ')).toBe('1001');
	});

	it('is its own canonical text', () => {
		for (const text of ['\u034f\u0301', 'e\u200d\u0301\u200b ', ' \u200b\u0308 x', '\u1100\u115f\u1161'])
			expect(toCanonicalText(toCanonicalText(text))).toBe(toCanonicalText(text));
	});

	it('keeps what is visible: inner white space, accents, marks of a script', () => {
		for (const text of ['A  1001', 'Zo\u00eb', '\u0e01\u0e48', '注文 1001'])
			expect(toCanonicalText(text)).toBe(text);
	});

	it('of more marks on one letter than any language has is left unchanged', () => {
		const piled = `a${'\u0315\u0300'.repeat(16)}`;
		expect(hasStackedMarks(piled)).toBe(true);
		expect(toCanonicalText(piled)).toBe(piled);
		expect(hasStackedMarks(`a${'\u0300'.repeat(30)}`)).toBe(false);
	});
});

describe('a text is sent', () => {
	it('without invisible characters that carry no meaning', () => {
		for (const text of ['1001', '10\u200b01', '\u202a1001\u202c', '1001\ufeff '])
			expect(toWireText(text)).toBe('1001');
		expect(toWireText('Zoe\u0308\u2060 – Größe 5\u00ad€')).toBe('Zo\u00eb – Größe 5€');
	});

	it.each([
		['an emoji of several', '👩\u200d🚀 for you'],
		['a flag of tags', '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}'],
		['a heart in colour', '❤\ufe0f'],
		['Persian with its joiners', 'می\u200cخواهم'],
		['a number in right-to-left text', 'طلب \u200e1001\u200e رقم'],
	])('with invisible characters that carry meaning: %s', (_name, text) => {
		expect(toWireText(` ${text}\n`)).toBe(text);
	});
});
