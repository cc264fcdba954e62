/**
 * How an amount of an item may be written into the node. `v` is the field that holds it, `zero` holds 0, and PI stands for
 * a payment that was made before. The letter is the column of the table below.
 */
export const FORMS: readonly { column: Column; written: string; isBody?: true }[] = [
	{ column: 'text', written: '={{ $json.v }}' },
	{ column: 'spaced', written: '={{ $json.v }} ' },
	{ column: 'text', written: '={{ $json.v || "" }}' },
	{ column: 'text', written: '={{ $json.v ?? null }}' },
	{ column: 'sum', written: '={{ Number($json.v) }}' },
	{ column: 'sum', written: '={{ $json.v - $json.zero }}' },
	{ column: 'sum', written: '={{ +$json.v }}' },
	{ column: 'bare', written: '={"payment_intent": "PI", "amount": {{ $json.v }} }', isBody: true },
	{ column: 'quoted', written: '={"payment_intent": "PI", "amount": "{{ $json.v }}" }', isBody: true },
	{ column: 'object', written: '={{ { payment_intent: "PI", amount: $json.v } }}', isBody: true },
	{
		column: 'object',
		written: '={{ JSON.stringify({ payment_intent: "PI", amount: $json.v }) }}',
		isBody: true,
	},
	{
		column: 'object',
		written: '={{ ({ payment_intent: "PI", amount: $json.v }).toJsonString() }}',
		isBody: true,
	},
	{
		column: 'object',
		written: '={{ JSON.stringify({ payment_intent: "PI", amount: $json.v ?? undefined }) }}',
		isBody: true,
	},
];

export type Column = 'text' | 'spaced' | 'sum' | 'bare' | 'quoted' | 'object';

/** Minor units that move; `no` where nothing may; `-` where JavaScript, not the item, says how much. */
export type ExpectedAmount = number | 'no' | '-';

/** No field at all. */
export const MISSING = Symbol('absent');

type Row = [
	what: string,
	value: unknown,
	...verdicts: [ExpectedAmount, ExpectedAmount, ExpectedAmount, ExpectedAmount, ExpectedAmount],
];

/**
 * The right verdict for each value in each column, decided by people from the words of the contract: what says nothing moves
 * nothing, what is plainly a number of minor units moves just that, and nothing is ever rounded or guessed.
 */
export const AMOUNTS: readonly Row[] = [
	// what                                value                     text   sum  bare  quoted object
	['no such field', MISSING, 'no', 'no', 'no', 'no', 'no'],
	['null', null, 'no', 'no', 'no', 'no', 'no'],
	['an empty cell', '', 'no', 'no', 'no', 'no', 'no'],
	['a blank', ' ', 'no', 'no', 'no', 'no', 'no'],
	['a tab and a line break', '\t\n', 'no', 'no', 'no', 'no', 'no'],
	['a no-break space', '\u00a0', 'no', 'no', 'no', 'no', 'no'],
	['a zero-width space', '\u200b', 'no', 'no', 'no', 'no', 'no'],
	['a byte order mark', '\ufeff', 'no', 'no', 'no', 'no', 'no'],
	['not a number', NaN, 'no', 'no', 'no', 'no', 'no'],
	['infinity', Infinity, 'no', 'no', 'no', 'no', 'no'],
	['the word undefined', 'undefined', 'no', 'no', 'no', 'no', 'no'],
	['the word null', 'null', 'no', 'no', 'no', 'no', 'no'],
	['the word NaN', 'NaN', 'no', 'no', 'no', 'no', 'no'],
	['the word None', 'None', 'no', 'no', 'no', 'no', 'no'],
	['#N/A of a spreadsheet', '#N/A', 'no', 'no', 'no', 'no', 'no'],
	['#REF! of a spreadsheet', '#REF!', 'no', 'no', 'no', 'no', 'no'],
	['#VALUE! of a spreadsheet', '#VALUE!', 'no', 'no', 'no', 'no', 'no'],
	['a time that is none', 'Invalid DateTime', 'no', 'no', 'no', 'no', 'no'],
	['a text that was an object', '[object Object]', 'no', 'no', 'no', 'no', 'no'],
	['an expression nobody evaluated', '{{ $json.amount }}', 'no', 'no', 'no', 'no', 'no'],
	['scientific notation', '1.23457E+11', 'no', 'no', 'no', 'no', 'no'],
	['no', false, 'no', 'no', 'no', 'no', 'no'],
	['yes', true, 'no', '-', 'no', 'no', 'no'],
	['an empty list', [], 'no', 'no', 'no', 'no', 'no'],
	['an empty object', {}, 'no', 'no', 'no', 'no', 'no'],
	['a list', [500], 'no', '-', 'no', 'no', 'no'],
	['a list of two', [500, 900], 'no', 'no', 'no', 'no', 'no'],
	['an object', { amount: 500 }, 'no', 'no', 'no', 'no', 'no'],
	['nought', 0, 'no', 'no', 'no', 'no', 'no'],
	['nought as text', '0', 'no', 'no', 'no', 'no', 'no'],
	['nought with decimals', '0.00', 'no', 'no', 'no', 'no', 'no'],
	['less than nothing', -500, 'no', 'no', 'no', 'no', 'no'],
	['less than nothing, as text', '-500', 'no', 'no', 'no', 'no', 'no'],
	['a minus of typographers', '\u2212500', 'no', 'no', 'no', 'no', 'no'],
	['brackets of accountants', '(500)', 'no', 'no', 'no', 'no', 'no'],
	['a whole number', 500, 500, 500, 500, 500, 500],
	['a whole number as text', '500', 500, 500, 500, 500, 500],
	['with blanks around it', ' 500 ', 500, 500, 500, 500, 500],
	['with a no-break space behind it', '500\u00a0', 500, 500, 'no', 500, 500],
	['another whole number', 1999, 1999, 1999, 1999, 1999, 1999],
	['with a plus', '+500', 500, 500, 'no', 'no', 'no'],
	['with a nought in front', '0500', 500, 500, 'no', '-', '-'],
	['half a cent', 500.5, 'no', 'no', 'no', 'no', 'no'],
	['half a cent as text', '500.5', 'no', 'no', 'no', 'no', 'no'],
	['the noise of doubles', 19.99 * 100, 1999, 1999, 'no', 'no', 'no'],
	['a comma for decimals', '500,00', 'no', 'no', 'no', 'no', 'no'],
	['a comma for thousands', '1,000', 'no', 'no', 'no', 'no', 'no'],
	['a blank for thousands', '1 000', 'no', 'no', 'no', 'no', 'no'],
	['an apostrophe for thousands', "1'000", 'no', 'no', 'no', 'no', 'no'],
	['with its currency', '500 EUR', 'no', 'no', 'no', 'no', 'no'],
	['with a sign of currency', '€500', 'no', 'no', 'no', 'no', 'no'],
	['an exponent', '5e2', 'no', '-', 500, 'no', 'no'],
	['hexadecimal', '0x1F4', 'no', '-', 'no', 'no', 'no'],
	['wide digits', '\uff15\uff10\uff10', 'no', 'no', 'no', 'no', 'no'],
	['Arabic digits', '\u0665\u0660\u0660', 'no', 'no', 'no', 'no', 'no'],
	['two numbers', '500;900', 'no', 'no', 'no', 'no', 'no'],
	['more parameters', '500, "payment_intent": "pi_other"', 'no', 'no', 'no', 'no', 'no'],
	['more parameters, in quotes', '500", "currency": "usd', 'no', 'no', 'no', 'no', 'no'],
	['digits beyond a double', 2 ** 60, 'no', 'no', 'no', 'no', 'no'],
	['19 digits as text', '1234567890123456789', 'no', 'no', 'no', 'no', 'no'],
];

const COLUMNS: readonly Column[] = ['text', 'sum', 'bare', 'quoted', 'object'];

/** A blank behind the braces makes a text of it, also of what is half a cent by the noise of doubles only. */
const AS_TEXT = new Map<string, ExpectedAmount>([['the noise of doubles', 'no']]);

/** What the table says of a value that is written in a form of that column. */
export function findExpectedAmount([what, , ...verdicts]: Row, column: Column): ExpectedAmount {
	const isText = column === 'spaced';
	const verdict = verdicts[COLUMNS.indexOf(isText ? 'text' : column)];
	if (verdict === undefined) throw new Error(`The table has no column ${column}`);
	return isText ? (AS_TEXT.get(what) ?? verdict) : verdict;
}
