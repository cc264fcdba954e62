import { detectUnusableText, detectUnusableKeyText } from '../../../ledger/identity/unusableText';

describe('a text says nothing where it is', () => {
	it.each([
		['', 'blank'],
		[' \t\n\u00a0', 'blank'],
		['\u200b', 'blank'],
		['\u2060\ufeff\u00ad', 'blank'],
		['-', 'blank'],
		['--', 'blank'],
		['—', 'blank'],
		['""', 'blank'],
		['{}', 'blank'],
		['[]', 'blank'],
		['???', 'blank'],
		['undefined', 'word'],
		[' NULL ', 'word'],
		['nul\u200bl', 'word'],
		['None', 'word'],
		['N/A', 'word'],
		['n/a', 'word'],
		['NaN', 'word'],
		['NaT', 'word'],
		['<NA>', 'word'],
		['nil', 'word'],
		['(null)', 'word'],
		['Infinity', 'word'],
		['[object Object]', 'word'],
		['[object Undefined]', 'word'],
		['Invalid Date', 'word'],
		['Invalid DateTime', 'word'],
		['#N/A', 'spreadsheet_error'],
		['#REF!', 'spreadsheet_error'],
		['#VALUE!', 'spreadsheet_error'],
		['#DIV/0!', 'spreadsheet_error'],
		['#NAME?', 'spreadsheet_error'],
		['#NUM!', 'spreadsheet_error'],
		['#NULL!', 'spreadsheet_error'],
		['#SPILL!', 'spreadsheet_error'],
		['#CALC!', 'spreadsheet_error'],
		['#FIELD!', 'spreadsheet_error'],
		['#ERROR!', 'spreadsheet_error'],
		['#GETTING_DATA', 'spreadsheet_error'],
		['#NV', 'spreadsheet_error'],
		['#BEZUG!', 'spreadsheet_error'],
		['#¿NOMBRE?', 'spreadsheet_error'],
		['#Н/Д', 'spreadsheet_error'],
		['#ССЫЛКА!', 'spreadsheet_error'],
		['Err:502', 'spreadsheet_error'],
		['########', 'spreadsheet_error'],
		['Loading...', 'spreadsheet_error'],
		['1.23457E+11', 'scientific'],
		['1,23457E+11', 'scientific'],
		['1.23457e11', 'scientific'],
		['4E-07', 'scientific'],
		['-1.5E+3', 'scientific'],
		['{{ $json.order }}', 'not_evaluated'],
		['order {{ $json.order }} of {{ $json.customer }}', 'not_evaluated'],
		['{{order}}', 'not_evaluated'],
		['$json.order', 'not_evaluated'],
		["$('Webhook').item.json.order", 'not_evaluated'],
		['${order}', 'not_evaluated'],
		['=A1&B1', 'not_evaluated'],
	])('%j', (text, how) => {
		expect(detectUnusableText(text)).toBe(how);
		expect(detectUnusableKeyText(text)).toBe(how);
	});
});

describe('a key says nothing where one of its parts does', () => {
	it.each([
		'cus_1-',
		'cus_1_',
		'cus_1-\u200b',
		'in_1MtHbELkdIwHu7ixl4OzzPMv-',
		'-inv_1',
		'_1001',
		'|1001',
		'cus_1:',
		'undefined-undefined',
		'cus_1-undefined',
		'undefinedundefined-x undefined',
		'Ada undefined',
		'cus_1-null',
		'null/1001',
		'cus_1-None',
		'cus_1-NaN',
		'cus_1-Invalid DateTime',
		'Invalid Date|cus_1',
		'cus_1-[object Object]',
		'cus_1-#N/A',
		'cus_1 #REF!',
		'#WERT!_cus_1',
	])('%j', (text) => {
		expect(detectUnusableKeyText(text)).toBe('part');
	});
});

describe('a text that says something is taken', () => {
	it.each([
		...['0', 'A', '1001', 'A-1001', '#1001', 'Order #1001!', 'true', 'false', '-5', '-5.50', '10,00'],
		...['1e3', '1E3', '12E-0015', '2024E-0015', '550e8400-e29b-41d4-a716-446655440000', '+49 30 901820'],
		...[
			'Null',
			'Nan Goldin',
			'Nan-Hai',
			'None Such Ltd',
			'Anna Null',
			'NA',
			'Nil by Mouth',
			'nullable',
		].slice(1),
		...['null@example.com', 'john.null@example.com', 'Infinity Pool', 'undefinedness', 'Annulled-1'],
		...[
			'https://shop.example/orders/1001/',
			'gid://shopify/Order/1001',
			'ORD--1001',
			'a||b',
			'🧾',
			'注文1001',
		],
		...['2026-11-24T10:40:00Z', '{"id":1}', '{"a":{"b":{}}}', '€ 5', 'cost $5', '50%'],
		...['V1StGXR8_Z5jdHi6B-my-', '_1StGXR8Z5jdHi6B9myTa', 'msg_1@mail.example'],
	])('%j', (text) => {
		expect(detectUnusableText(text)).toBeUndefined();
		expect(detectUnusableKeyText(text)).toBeUndefined();
	});
});
