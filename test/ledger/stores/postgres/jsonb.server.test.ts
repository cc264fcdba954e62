import fc from '../../../fastCheck';
import { Client } from 'pg';

import { fromJsonb, toJsonb } from '../../../../ledger/stores/postgres/jsonb';
import { whereInstalled } from '../../../servers/binaries';
import { PostgresServer } from '../../../servers/postgresServer';
import { checkProperty } from '../../property';

/** What jsonb refuses, what stands in its place, and what could be taken for either. */
const HARD = [
	'\0',
	'\ud83d',
	'\ude00',
	'\uf8fe',
	'\\',
	'\\u0000',
	'u0000',
	'\\ud800',
	'0000',
	'f8fe',
	'"',
	'\n',
];

const text = fc
	.array(fc.oneof(fc.constantFrom(...HARD), fc.string({ unit: 'binary' }), fc.string()), { maxLength: 6 })
	.map((pieces) => pieces.join(''));

/**
 * Not in keys what JSON escapes: Node.js 24 itself takes one such key for another (github.com/nodejs/node/issues/63785). What
 * is made of a text does not depend on where it stands.
 */
const key = text.filter((name) => !JSON.stringify(name).includes('\\'));

const anything = fc.object({
	key,
	values: [
		text,
		fc.integer(),
		fc.double({ noNaN: true, noDefaultInfinity: true }),
		fc.boolean(),
		fc.constant(null),
	],
});

/** As JSON keeps it: there is no -0, and `__proto__` is a name like others. */
const asJson = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

describe('the contents of a row', () => {
	it('are returned from their own text unchanged', async () => {
		await checkProperty(
			'jsonbText',
			1_000,
			fc.property(anything, (value) => {
				expect(fromJsonb(toJsonb(value))).toEqual(asJson(value));
			}),
		);
	});

	it('have the same text as a name and as a value', async () => {
		await checkProperty(
			'jsonbText, as a name',
			1_000,
			fc.property(text, (name) => {
				expect(toJsonb({ [name]: 1 })).toBe(`{${toJsonb(name)}:1}`);
			}),
		);
	});

	it('have one text per value: no value is mistaken for another', async () => {
		await checkProperty(
			'jsonbText, two of them',
			1_000,
			fc.property(text, text, (a, b) => {
				expect(toJsonb(a) === toJsonb(b)).toBe(a === b);
			}),
		);
	});
});

whereInstalled('initdb')('a server', () => {
	let server: PostgresServer;
	let client: Client;
	beforeAll(async () => {
		server = await PostgresServer.start();
		client = new Client(server.clientConfig);
		await client.connect();
	});
	afterAll(async () => {
		await client.end();
		await server.stop();
	});

	it('of any kind are stored and returned unchanged', async () => {
		await checkProperty(
			'jsonb',
			700,
			fc.asyncProperty(anything, async (value) => {
				const { rows } = await client.query<{ kept: string }>({
					name: 'kept',
					text: 'SELECT ($1::jsonb)::text AS kept',
					values: [toJsonb(value)],
				});
				expect(fromJsonb(rows[0]!.kept)).toEqual(asJson(value));
			}),
		);
	});
});
