import type { IDataObject, INodeParameters, INodeType } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import fc from '../../../fastCheck';
import { runNode } from '../../../engine';
import { NOT_PLAIN, readPlainly } from '../../../../nodes/shared/parameters/parametersOfRun';

/** What n8n made of a parameter, and what was read without it; the message where n8n threw. */
type Evaluation = { name: string; position: number; byN8n: unknown; plainly: unknown };

/** Has n8n evaluate each of its parameters in each item. */
async function compare(parameters: INodeParameters, items: IDataObject[]): Promise<Evaluation[]> {
	const evaluated: Evaluation[] = [];
	const probe: INodeType = {
		description: {
			displayName: 'Probe',
			name: 'probe',
			group: [],
			version: 1,
			description: '',
			defaults: { name: 'Probe' },
			inputs: [NodeConnectionTypes.Main],
			outputs: [NodeConnectionTypes.Main],
			properties: Object.keys(parameters).map((name) => ({
				displayName: name,
				name,
				type: typeof parameters[name] === 'object' ? 'json' : 'string',
				default: '',
			})),
		},
		async execute() {
			const input = this.getInputData();
			for (const [position, { json }] of input.entries())
				for (const [name, written] of Object.entries(parameters)) {
					const plainly = readPlainly(written, json);
					let byN8n: unknown;
					try {
						byN8n = this.getNodeParameter(name, position);
					} catch (error) {
						byN8n = error;
					}
					evaluated.push({ name, position, byN8n, plainly });
				}
			return [input];
		},
	};
	const { error } = await runNode({ type: 'probe', parameters }, { nodeTypes: { probe }, items });
	expect(error).toBeUndefined();
	return evaluated;
}

describe('a parameter that names a field of the item', () => {
	it.each<[written: string, json: IDataObject, value: unknown]>([
		['={{ $json.amount }}', { amount: 1999 }, 1999],
		['={{$json.amount}}', { amount: '19.99' }, '19.99'],
		['={{ $json.customer.id }}', { customer: { id: 'cus_1' } }, 'cus_1'],
		['={{ $json["Order No."] }}', { 'Order No.': 'A-1' }, 'A-1'],
		["={{ $json['lines'][1].price }}", { lines: [{}, { price: 'price_1' }] }, 'price_1'],
		['={{ $json.paid }}', { paid: false }, false],
		['={{ $json.note }}', { note: '' }, ''],
		['={{ $json.amount ?? 1999 }}', {}, 1999],
		['={{ $json.amount ?? 19.5 }}', { amount: null }, 19.5],
		['={{ $json.amount ?? 1999 }}', { amount: 0 }, 0],
		['={{ $json.currency ?? "EUR" }}', {}, 'EUR'],
		["={{ $json.currency ?? 'EUR' }}", { currency: 'usd' }, 'usd'],
		['={{ $json.sure ?? true }}', {}, true],
	])('%s of %j is %j, as in n8n', async (written, json, value) => {
		const [evaluated] = await compare({ written }, [json]);
		expect(evaluated).toMatchObject({ byN8n: value, plainly: value });
	});

	it.each<[why: string, written: string, json: IDataObject]>([
		['a text around it', '=No. {{ $json.a }}', { a: 1 }],
		['two of them', '={{ $json.a }}{{ $json.a }}', { a: 1 }],
		['blank behind it', '={{ $json.a }} ', { a: 1 }],
		['a call', '={{ $json.a.trim() }}', { a: 'x' }],
		['a calculation', '={{ $json.a * 100 }}', { a: 1 }],
		['an optional step', '={{ $json.a?.b }}', { a: { b: 1 } }],
		['a different node', '={{ $("Start").item.json.a }}', { a: 1 }],
		['a field that is not there', '={{ $json.b }}', { a: 1 }],
		['a field that is null', '={{ $json.a }}', { a: null }],
		['a field within a missing one', '={{ $json.b.c ?? 1 }}', { a: 1 }],
		['an object', '={{ $json.a }}', { a: { b: 1 } }],
		['a list', '={{ $json.a ?? 1 }}', { a: [1] }],
		['a property of every text', '={{ $json.a.length }}', { a: 'abc' }],
		['a property of every list', '={{ $json.a.length }}', { a: [1, 2] }],
		['a property of every object', '={{ $json.toString ?? 1 }}', { a: 1 }],
		['a name that n8n does not read', '={{ $json.constructor ?? 1 }}', { constructor: 2 }],
		['the number of octal digits', '={{ $json.b ?? 010 }}', { a: 1 }],
		['a backslash', '={{ $json["\\u0061"] }}', { a: 1 }],
		['braces in quotes', '={{ $json["a}}"] }}', { 'a}}': 1 }],
		['no field at all', '={{ $json }}', { a: 1 }],
	])('is left to n8n if there is %s', (_why, written, json) => {
		expect(readPlainly(written, json)).toBe(NOT_PLAIN);
	});

	it('within rows and objects is read if everything there is plain', async () => {
		const rows = {
			entry: [
				{ key: 'order', value: '={{ $json.order }}' },
				{ key: 'n', value: 7 },
			],
		};
		const [evaluated] = await compare({ rows }, [{ order: 'A-1' }]);
		expect(evaluated?.plainly).toEqual({
			entry: [
				{ key: 'order', value: 'A-1' },
				{ key: 'n', value: 7 },
			],
		});
		expect(evaluated?.byN8n).toEqual(evaluated?.plainly);
		const mixed = { entry: [...rows.entry, { key: 'x', value: '={{ $now }}' }] };
		expect(readPlainly(mixed, { order: 'A-1' })).toBe(NOT_PLAIN);
	});
});

describe('for any value', () => {
	const NAMES = [
		'a',
		'b',
		'_c',
		'$d',
		'length',
		'first',
		'toString',
		'__proto__',
		'constructor',
		'x y',
		'0',
	];
	const name = fc.constantFrom(...NAMES);
	const leaf = fc.constantFrom<unknown>(
		1,
		0,
		-1.5,
		'text',
		'',
		' ',
		'={{ 1 }}',
		'{{ 2 }}',
		true,
		false,
		null,
	);
	const json = fc.letrec((tie) => ({
		node: fc.oneof({ depthSize: 'small' }, leaf, tie('object'), fc.array(tie('node'), { maxLength: 2 })),
		object: fc
			.array(fc.tuple(name, tie('node')), { maxLength: 4 })
			.map((fields) => Object.fromEntries(fields)),
	})).object as fc.Arbitrary<IDataObject>;
	const blank = fc.constantFrom('', ' ', '  ', '\n');
	const step = fc.oneof(
		name.filter((one) => /^[A-Za-z_$]/.test(one) && !one.includes(' ')).map((one) => `.${one}`),
		name.map((one) => `["${one}"]`),
		name.map((one) => `['${one}']`),
		fc.constantFrom('[0]', '[1]', '?.a'),
	);
	const otherwise = fc.constantFrom(
		'',
		'',
		'?? 1',
		'?? "EUR"',
		"?? ''",
		'?? 1.50',
		'?? true',
		'?? null',
		'?? $json.b',
		'|| 7',
	);
	const expression = fc
		.tuple(blank, fc.array(step, { minLength: 1, maxLength: 3 }), blank, otherwise, blank)
		.map(
			([before, steps, between, other, after]) =>
				`={{${before}$json${steps.join('')}${between}${other}${after}}}`,
		);

	it('n8n returns the same where it is read without n8n', async () => {
		const expressions = fc.sample(expression, 150);
		const items = fc.sample(json, 20);
		const evaluated = await compare(
			Object.fromEntries(expressions.map((written, n) => [`p${n}`, written])),
			items,
		);
		const read = evaluated.filter(({ plainly }) => plainly !== NOT_PLAIN);
		expect(read.length).toBeGreaterThan(300);
		const differing = read.filter(({ byN8n, plainly }) => !Object.is(byN8n, plainly));
		expect(
			differing.map(({ name: parameter, position, byN8n, plainly }) => ({
				written: expressions[Number(parameter.slice(1))],
				json: items[position],
				byN8n: String(byN8n),
				plainly,
			})),
		).toEqual([]);
	});
});
