import { toDecimalText, isThousandsOrDecimals } from '../../ledger/identity/decimal';
import { decodeHandle } from '../../ledger/rules/settleByHandle';
import { toCanonicalText, toWireText } from '../../ledger/model/canonicalText';
import { deriveIdentity, entryOfKey } from '../../ledger/identity/key';
import { parseTime } from '../../ledger/identity/timeBucket';
import { detectUnusableText, detectUnusableKeyText } from '../../ledger/identity/unusableText';
import { toCanonicalParams } from '../../ledger/model/request';
import { decodeReference, parseToken } from '../../ledger/rules/token';
import { parseExactJson } from '../../nodes/shared/parameters/exactJson';
import { getByPath } from '../../nodes/shared/key/dotPath';
import { toJson, splitList } from '../../nodes/shared/parameters/values';
import { explainUnstableValue } from '../../nodes/shared/key/unstableValues';
import { isPlainAmount } from '../../nodes/StripeIdempotent/token/tokenRequest';
import { parseEvent } from '../../stripe/webhooks/event';
import { isApiPath, isStripeId } from '../../stripe/objects/ids';
import { parseCurrency, toMinorUnits, checkMinorUnits, tryReadAmount } from '../../stripe/objects/money';
import { findAmbiguousName } from '../../stripe/api/parameterRules';
import { containsSecret, redactSecrets, redactMessage } from '../../stripe/api/redact';
import { readSignatureHeader } from '../../stripe/webhooks/signatureHeader';

/** ms of the processor. What reads a text of this size again and again takes seconds; a slow and busy machine, a fifth of one. */
const MOST_MS = 200;
const SIZE = 80_000;

const SCOPE = { mode: 'test', account: 'acct_1' } as const;
const asKey = (treatAs: 'text' | 'number' | 'day') => (value: string) =>
	orNothing(() => deriveIdentity(SCOPE, 'x', [{ name: 'order', value, treatAs }]));

/** Everything that reads a text from outside. */
const READERS: Readonly<Record<string, (text: string) => unknown>> = {
	toDecimalText,
	isThousandsOrDecimals,
	instantOf: parseTime,
	nothingIn: detectUnusableText,
	nothingInKey: detectUnusableKeyText,
	toCanonicalText,
	toWireText,
	readHandle: decodeHandle,
	readToken: parseToken,
	readReference: decodeReference,
	entryOfKey,
	listOf: splitList,
	jsonOf: toJson,
	whyVolatileValue: explainUnstableValue,
	isPlainAmount: (text) => isPlainAmount('paymentIntent.create', text),
	isStripeId,
	isApiPath,
	holdsSecret: containsSecret,
	withoutSecrets: redactSecrets,
	wordsWithoutSecrets: redactMessage,
	readSignatureHeader,
	eventIn: parseEvent,
	'a key field as text': asKey('text'),
	'a key field as a number': asKey('number'),
	'a key field as a day': asKey('day'),
	'JSON that is exact': (text) => orNothing(() => parseExactJson(text)),
	'a currency': (text) => tryReadAmount(() => parseCurrency(text)),
	'an amount in major units': (text) => tryReadAmount(() => toMinorUnits(text, 'eur')),
	'an amount in minor units': (text) => tryReadAmount(() => checkMinorUnits(text, 'eur')),
	'a path in an item': (text) => getByPath({ a: 1 }, text),
	'a parameter and its name': (text) =>
		orNothing(() => findAmbiguousName(toCanonicalParams({ [text]: text, metadata: { [text]: text } }))),
	'the words of an answer': (text) => redactSecrets({ message: text, number: text, metadata: { a: text } }),
};

/** Texts that a reader goes through again and again where it is written carelessly. */
const HOSTILE: Readonly<Record<string, string>> = {
	'zeros behind a point, and a one': `1.${'0'.repeat(SIZE)}1`,
	'zeros in front of a one': `${'0'.repeat(SIZE)}1`,
	zeros: '0'.repeat(SIZE),
	digits: '7'.repeat(SIZE),
	'digits with blanks': '7 '.repeat(SIZE / 2),
	'digits with commas': `1${',000'.repeat(SIZE / 4)}x`,
	blanks: ' '.repeat(SIZE),
	'a word in blanks': `${' '.repeat(SIZE / 2)}x${' '.repeat(SIZE / 2)}`,
	'invisible marks': '\u200b\u00ad'.repeat(SIZE / 2),
	'one letter with many accents': `a${'\u0301'.repeat(SIZE)}`,
	'accents in the wrong order': `a${'\u0301\u0323'.repeat(SIZE / 2)}`,
	'what may be the beginning of a secret': 'pi_1_secret'.repeat(SIZE / 11),
	'what may be the beginning of a key': 'sk_live'.repeat(SIZE / 7),
	'underscores and letters': 'aa_'.repeat(SIZE / 3),
	'percent signs': '%3d'.repeat(SIZE / 3),
	'opening brackets': '['.repeat(SIZE),
	'nested lists': `${'['.repeat(SIZE / 2)}${']'.repeat(SIZE / 2)}`,
	'nested objects': `${'{"a":'.repeat(SIZE / 6)}1${'}'.repeat(SIZE / 6)}`,
	braces: '{{'.repeat(SIZE / 2),
	quotes: '"'.repeat(SIZE),
	'escaped quotes': `"${'\\"'.repeat(SIZE / 2)}`,
	slashes: '/'.repeat(SIZE),
	'a path': `/v1${'/a'.repeat(SIZE / 2)}?`,
	'points between words': 'a.'.repeat(SIZE / 2),
	commas: ','.repeat(SIZE),
	'signatures of a delivery': `t=1${`,v1=${'0'.repeat(64)}`.repeat(SIZE / 68)}`,
	'a time with a long fraction': `2026-11-24T10:40:00.${'0'.repeat(SIZE)}Z`,
	'a word that says nothing, many times': 'undefined '.repeat(SIZE / 10),
	'an object that was made text, many times': '[object '.repeat(SIZE / 8),
	emoji: '🧾'.repeat(SIZE / 2),
};

describe.each(Object.entries(READERS))('%s processes any text in time', (_reader, read) => {
	it.each(Object.entries(HOSTILE))('%s', (_what, text) => {
		expect(leastCpuMs(() => read(text))).toBeLessThan(MOST_MS);
	});
});

/** The least of a few times: what else the machine does makes it only longer. */
function leastCpuMs(work: () => unknown): number {
	let least = Infinity;
	for (let times = 0; times < 5 && least >= MOST_MS / 2; times++) {
		const before = process.cpuUsage();
		work();
		const { user, system } = process.cpuUsage(before);
		least = Math.min(least, (user + system) / 1000);
	}
	return least;
}

/** To refuse is an answer too. */
function orNothing(read: () => unknown): unknown {
	try {
		return read();
	} catch (error) {
		return error;
	}
}
