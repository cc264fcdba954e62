import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { RegExpParser, visitRegExpAST } from '@eslint-community/regexpp';
import ts from 'typescript';

import { toCanonicalText, toWireText } from '../ledger/model/canonicalText';
import { toDecimalText, isThousandsOrDecimals } from '../ledger/identity/decimal';
import { parseTimeOrFault } from '../ledger/identity/timeBucket';
import { detectUnusableText, detectUnusableKeyText } from '../ledger/identity/unusableText';
import { toCanonicalParams } from '../ledger/model/request';
import { getByPath } from '../nodes/shared/key/dotPath';
import { isCardNumber, maskCardNumbers } from '../stripe/api/cardNumber';
import { tryReadAmount, toMinorUnits, checkMinorUnits } from '../stripe/objects/money';
import { redactMessage } from '../stripe/api/redact';
import { repeat } from './crash/soak';

const ROOT = join(__dirname, '..');
const ROOMS = ['commands', 'credentials', 'ledger', 'nodes', 'stripe'];

/** A linear-time reader takes a few ms for a text of this length; a quadratic one takes seconds. */
const LENGTH = 20_000;
const MOST_MS = 120;
/** The short form tests a quarter of the length; what is quadratic then takes a sixteenth of the time. */
const SHORTER = repeat(4, 1);
const SHORT_MS = MOST_MS / SHORTER ** 2;
const TURNS = 8;

/** Measures CPU time, which a busy machine affects less; returns the best of several tries. */
function cpuMs(work: () => void, tries: number): number {
	let best = Number.POSITIVE_INFINITY;
	for (let turn = 0; turn < tries; turn++) {
		const before = process.cpuUsage();
		work();
		const { user, system } = process.cpuUsage(before);
		best = Math.min(best, (user + system) / 1000);
	}
	return best;
}

/**
 * Whether a text takes too long, and an eighth of it less than a twentieth of that: it takes an eighth if the time is
 * linear, a sixty-fourth if it is quadratic. What does not show it in every turn only met a busy machine.
 */
function isSlow(read: (text: string) => unknown, [head, pump, tail]: [string, string, string]): boolean {
	const toText = (length: number) => head + pump.repeat(Math.ceil(length / pump.length)) + tail;
	const [text, eighth] = [toText(LENGTH / SHORTER), toText(LENGTH / SHORTER / 8)];
	for (let turn = 0; turn < TURNS; turn++) {
		const whole = cpuMs(() => void read(text), 1);
		if (whole <= SHORT_MS || cpuMs(() => void read(eighth), 3) >= whole / 20) return false;
	}
	return true;
}

interface Found {
	where: string;
	source: string;
	flags: string;
}

/**
 * Lists every regular expression literal in the product, and every string that a regular expression is built
 * from.
 */
function regularExpressions(): Found[] {
	const files = ROOMS.flatMap((room) =>
		readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
			.filter((name) => name.endsWith('.ts'))
			.map((name) => join(room, name)),
	);
	return files.flatMap((file) => {
		const source = ts.createSourceFile(
			file,
			readFileSync(join(ROOT, file), 'utf8'),
			ts.ScriptTarget.Latest,
		);
		const found: Found[] = [];
		const visit = (node: ts.Node): void => {
			if (ts.isRegularExpressionLiteral(node)) {
				const [, pattern = '', flags = ''] = /^\/(.*)\/([a-z]*)$/s.exec(node.text) ?? [];
				found.push({ where: file, source: pattern, flags });
			}
			ts.forEachChild(node, visit);
		};
		visit(source);
		return found;
	});
}

const SAMPLES = [...Array.from('a1 A_.-/\'"[]{}()<>#%,:;=+\\`$&|?!\n\té'), '\u0301', '\u200b'];

/** Returns a text that matches a part of a regular expression, made of characters in its source. */
function sampleOf(pattern: string, flags: string): string | undefined {
	const characters = [...new Set([...Array.from(pattern), ...SAMPLES])];
	const whole = new RegExp(`^(?:${pattern})$`, flags.replace(/[gy]/g, ''));
	return characters.find((character) => whole.test(character));
}

/** Builds texts that repeat each quantified part of a regular expression, alone and after the part before it. */
function attacks({ source, flags }: Found): string[] {
	const pumps = new Set<string>();
	const prefixes = new Set<string>(['']);
	const ast = new RegExpParser().parseLiteral(`/${source}/${flags}`);
	let message = '';
	visitRegExpAST(ast, {
		onQuantifierEnter: ({ element }) => {
			const sample = trySample(element.raw, flags);
			if (sample !== undefined) pumps.add(sample);
		},
		onCharacterEnter: ({ value, parent }) => {
			if (parent.type === 'Alternative') message += String.fromCodePoint(value);
			if (message.length < 12) prefixes.add(message);
		},
	});
	if (message !== '' && message.length <= 40) pumps.add(message);
	for (const character of source.slice(0, 60)) if (/\S/.test(character)) prefixes.add(character);
	const all = [...pumps, ...[...pumps].flatMap((pump) => [...prefixes].map((prefix) => prefix + pump))];
	return [...new Set(all)].filter(Boolean);
}

function trySample(raw: string, flags: string): string | undefined {
	try {
		return sampleOf(raw, flags);
	} catch {
		// A part that refers to a group outside itself is not a valid expression.
		return undefined;
	}
}

/** Returns the quantified part whose repetition makes the regular expression slow. */
function slowOn(found: Found): string | undefined {
	const expression = new RegExp(found.source, found.flags);
	return attacks(found).find((pump) =>
		['', '\u0001', '!x'].some((tail) => isSlow((text) => text.replace(expression, ''), ['', pump, tail])),
	);
}

describe('every regular expression reads a text in linear time', () => {
	const all = regularExpressions();

	it('all of them are checked', () => {
		expect(all.length).toBeGreaterThan(100);
	});

	it.each(['0+$', '[a-z]+=\\d'])('a superlinear one is found: /%s/', (source) => {
		expect(slowOn({ where: '', source, flags: 'g' })).toBeDefined();
	});

	it.each(ROOMS)(
		'in %s',
		(room) => {
			const slow = all
				.filter(({ where }) => where.startsWith(`${room}/`))
				.flatMap((found) => {
					const pump = slowOn(found);
					return pump === undefined
						? []
						: [`${found.where}: /${found.source}/ on ${JSON.stringify(pump)}`];
				});
			expect(slow).toEqual([]);
		},
		240_000,
	);
});

describe('every reader of outside text takes linear time', () => {
	const READERS: Record<string, (text: string) => unknown> = {
		toCanonicalText,
		toWireText,
		toDecimalText,
		isThousandsOrDecimals,
		readTime: parseTimeOrFault,
		'readTime in a zone': (text) => parseTimeOrFault(text, 'Europe/Berlin'),
		nothingIn: detectUnusableText,
		nothingInKey: detectUnusableKeyText,
		canonicalParams: (text) => toCanonicalParams({ text, nested: [text] }),
		'locate by a path': (text) => getByPath({ order: 1 }, text),
		'locate in a header': (text) => getByPath({ [text]: 1 }, 'order'),
		isCardNumber,
		withoutCards: (text) => maskCardNumbers(text, '*'),
		wordsWithoutSecrets: redactMessage,
		minorFromMajor: (text) => tryReadAmount(() => toMinorUnits(text, 'EUR')),
		minorUnits: (text) => tryReadAmount(() => checkMinorUnits(text, 'EUR')),
	};
	const PUMPS = [
		'0',
		'9',
		'1.',
		'0.0',
		' ',
		'\t\u00a0',
		'-',
		'_',
		'{{',
		'{{ }}',
		'$',
		'#',
		'#N/A',
		'#REF',
		'[object A',
		'undefined',
		'null-',
		'4242',
		'4242 ',
		'4 ',
		'4-',
		'1/',
		'pi_1_secret_',
		'sk_live_',
		'["',
		"['",
		'[0]',
		'.',
		'a.',
		'\u200b',
		'\u0301',
		'\u0315\u0300',
		'e\u0301',
		'\u200b\u0301',
		'\u1100\u1161',
		'+1',
		'E+',
	];

	const findSlowPumps = (read: (text: string) => unknown) =>
		PUMPS.filter((pump) =>
			['', '1', '\u0001', '}}'].some((tail) =>
				['', '1.', 'a'].some((head) => isSlow(read, [head, pump, tail])),
			),
		);

	it('a superlinear one is found', () => {
		expect(findSlowPumps((text) => text.replace(/0+$/, ''))).toEqual(['0']);
	});

	it.each(Object.entries(READERS))('%s', (_name, read) => {
		expect(findSlowPumps(read)).toEqual([]);
	});

	// A reader that takes quadratic time for such a long number would block n8n.
	it('"1." and 80,000 or 200,000 zeros and a one are read at once', () => {
		for (const zeros of [80_000, 200_000])
			expect(cpuMs(() => toDecimalText(`1.${'0'.repeat(zeros)}1`), TURNS)).toBeLessThan(MOST_MS);
	});
});
