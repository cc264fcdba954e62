import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'csv-parse/sync';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { Entry } from '../../../ledger/model/entry';
import { allEntries } from '../../../ledger/queries/candidates';
import { SqliteStore } from '../../../ledger/stores/sqlite/sqliteStore';
import { toEntryView } from '../../../nodes/IdempotencyRegistry/entries/entryView';
import { buildChargeNode } from './nodes';
import { buildPaidEntry } from '../../ledger/entries';
import { stripeAt } from '../../simulator/client';
import { loadExample, items } from './exampleWorkflows';
import { useRealN8n } from '../harness/useRealN8n';
import { BY_HAND, byHand } from '../harness/webhookWorkflows';

type Row = Record<string, string>;

const n8n = useRealN8n();

const REGISTRY = 'n8n-nodes-stripe-idempotent.idempotencyRegistry';
const STRIPE = { stripeIdempotentApi: { id: '', name: 'Simulated Stripe' } };
const KEY_FIELDS = { field: [{ path: 'order_number', treatAs: 'text' }] };
const METADATA = { entry: [{ key: 'order_number', value: '={{ $json.order_number }}' }] };
const DAY = 86_400_000;

/** Seconds for ten thousand entries; a busy machine takes longer. In milliseconds. */
const PATIENCE = 150_000;

/** Where n8n lets a workflow write, unless it is told otherwise. */
const folder = () => join(n8n().main.userFolder, '.n8n-files');

beforeAll(() => mkdirSync(folder()));
afterEach(() => n8n().simulator.clearFaults());

/** Runs a node by hand, once for each of the items; resolves with what left it. */
async function byHandWith(
	list: IDataObject[],
	type: string,
	parameters: INodeParameters,
): Promise<IDataObject[]> {
	const node = { name: 'The Node', type, parameters, credentials: STRIPE };
	const { id } = await n8n().api.importWorkflow(byHand(list, node));
	const execution = await n8n().api.runByHand(id, BY_HAND);
	return items(execution, 'The Node');
}

/** Charges orders, each of 12.34 EUR. */
function pay(orders: string[], card = 'pm_card_visa'): Promise<IDataObject[]> {
	const { type, parameters } = buildChargeNode({
		amount: '1234',
		currency: 'eur',
		paymentMethod: card,
		keyFields: KEY_FIELDS,
		additionalFields: { metadata: METADATA },
		options: { maxRetries: 0 },
	});
	const list = orders.map((order_number) => ({ order_number }));
	return byHandWith(list, type, parameters!);
}

function decide(operation: 'approve' | 'deny', { reservation }: IDataObject, by: string) {
	const { id } = reservation as { id: string };
	return byHandWith([{}], REGISTRY, { resource: 'token', operation, reservation: id, by });
}

const reserve = (orders: string[]) =>
	byHandWith(
		orders.map((order_number) => ({ order_number })),
		REGISTRY,
		{
			resource: 'token',
			operation: 'reserve',
			intentOperation: 'paymentIntent.create',
			amount: '12.34',
			amountUnit: 'major',
			currency: 'EUR',
			purpose: 'A desk, new',
			agent: 'buyer',
			keyFields: KEY_FIELDS,
			allowedOperations: ['paymentIntent.create'],
			limits: { limit: [{ currency: 'EUR', maxPerPayment: '100', maxPerDay: '', approvalAbove: '1' }] },
		},
	);

/** Exports what was begun in a period. @returns the files as they lie on the disk */
async function exported(from: number, until: number): Promise<{ rows: Row[]; lines: IDataObject[] }> {
	const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
	const assignments = Object.entries({ from: day(from), until: day(until) }).map(([name, value]) => ({
		id: name,
		name,
		value,
		type: 'string',
	}));
	const changed = loadExample('export-for-audit', {
		Period: { assignments: { assignments } },
		'Write to Disk': { fileName: `=${folder()}/{{ $binary.data.fileName }}` },
	});
	const nodes = changed.nodes.map((node) => ({ ...node, disabled: false }));
	const { id } = await n8n().api.importWorkflow({ ...changed, nodes });
	for (const file of readdirSync(folder())) rmSync(join(folder(), file));
	const execution = await n8n().api.ended(await n8n().api.startByHand(id, 'Export Manually'), PATIENCE);
	expect(execution).toMatchObject({ status: 'success', error: undefined });

	const name = `payments_${day(from)}_until_${day(until)}`;
	const ends = execution.outputs('The Two Files')[0] ?? [];
	expect(ends.map(({ binary }) => binary?.data?.fileName)).toEqual([`${name}.csv`, `${name}.jsonl`]);
	const read = (end: string) => readFileSync(join(folder(), `${name}.${end}`), 'utf8');
	expect(read('csv') + read('jsonl')).not.toMatch(/_secret_\w|whsec_\w|tokenHash|token_\w{8}/);
	return {
		rows: parse(read('csv'), { columns: true, bom: true }),
		lines: read('jsonl')
			.trimEnd()
			.split('\n')
			.map((line) => JSON.parse(line) as IDataObject),
	};
}

function ledgerOf(): SqliteStore {
	return SqliteStore.open(join(n8n().main.userFolder, '.n8n', 'idempotency.sqlite'));
}

/** Everything that the ledger has, as Get Many gives it. */
async function inLedger(): Promise<IDataObject[]> {
	const entries: Entry[] = [];
	const store = ledgerOf();
	for await (const entry of allEntries(store)) entries.push(entry);
	await store.close();
	return entries.map(
		(entry) =>
			JSON.parse(JSON.stringify(toEntryView(entry, Date.now(), { simplify: true }))) as IDataObject,
	);
}

const byEntry = (list: IDataObject[]) => new Map(list.map((one) => [one.entryId as string, one]));

const HARMFUL = [
	'+49 30 1234',
	"a;-1+1|cmd '/C calc'!A0",
	'@SUM(A1)',
	'x;=1+1',
	'a "quoted", one',
	'two\nlines',
	'tab\there 😀 ü',
];

it('names the order of every object in Stripe, and the outcome of every attempt', async () => {
	const [payment] = await pay(['SO-1', ...HARMFUL]);
	await pay(['SO-2'], 'pm_card_chargeDeclinedInsufficientFunds');
	await pay(['SO-2']);
	const { simulator } = n8n();
	simulator.inject({ kind: 'resetAfter', times: 1, match: { method: 'POST' } });
	await pay(['SO-3']);
	simulator.inject({ kind: 'unauthorized401', times: 1, match: { method: 'POST' } });
	await pay(['SO-4']);
	const [refund] = await byHandWith([{ order_number: 'SO-1' }], buildChargeNode().type, {
		resource: 'refund',
		operation: 'create',
		refundOf: 'paymentIntent',
		keySource: 'fields',
		paymentIntent: { __rl: true, mode: 'id', value: payment!.id as string },
		keyFields: KEY_FIELDS,
		additionalFields: { metadata: METADATA },
	});
	const [desk, chair] = await reserve(['SO-5', 'SO-6']);
	await decide('approve', desk!, 'Ada');
	await decide('deny', chair!, 'Bob');

	const { rows, lines } = await exported(Date.now() - DAY, Date.now() + DAY);
	const about = (order: string) => rows.filter(({ internal_id }) => internal_id === order);

	// Nothing is lost or doubled, nothing is told otherwise than the ledger has it.
	expect(byEntry(lines)).toEqual(byEntry(await inLedger()));
	expect(rows).toHaveLength(lines.length + 1);
	expect(new Set(rows.map(({ idempotency_key }) => idempotency_key)).size).toBe(rows.length);

	// Every object in Stripe, by its own ID or, where its answer was lost, by the entry ID in its metadata.
	const intents = (await stripeAt(simulator, 'sk_test_real_n8n').paymentIntents.list({ limit: 100 })).data;
	// The declined one was confirmed again with another card: it is one.
	expect(intents).toHaveLength(HARMFUL.length + 3);
	const { charges, refunds } = simulator.report();
	for (const object of [...intents, ...charges, ...refunds]) {
		const found = rows.filter(
			({ stripe_object, stripe_objects_of_entry, operation }) =>
				stripe_object === object.id ||
				(stripe_objects_of_entry!.includes(object.id) && operation === 'paymentIntent.create'),
		);
		const named = rows.filter(({ entry_id }) => entry_id === object.metadata.n8n_entry);
		expect(new Set(named.map(({ internal_id }) => internal_id)).size).toBe(1);
		expect(named[0]!.internal_id!.replace(/^'|(?<=;)'/g, '')).toBe(object.metadata.order_number);
		expect(found.map(({ entry_id }) => entry_id)).toEqual(
			named[0]!.entry_state === 'unknown' ? [] : named.map(({ entry_id }) => entry_id),
		);
	}

	const by = { workflow_name: 'The Node by hand', node_name: 'The Node', mode: 'test' };
	const done = { ...by, amount_minor_units: '1234', money: '12.34 EUR', entry_state: 'succeeded' };
	expect(about('SO-1')).toMatchObject([
		{ ...done, operation: 'paymentIntent.create', stripe_object: payment!.id, http_status: '200' },
		{ ...done, operation: 'refund.create', stripe_object: refund!.id },
	]);
	expect(about('SO-2')).toMatchObject([
		{ ...by, attempt: '1', result: 'rejected', decline_code: 'insufficient_funds', money: '12.34 EUR' },
		{ ...done, attempt: '2', result: 'succeeded', is_last_attempt: 'yes' },
	]);
	expect(about('SO-3')).toMatchObject([{ ...by, entry_state: 'unknown', stripe_object: '', sends: '1' }]);
	expect(about('SO-4')).toMatchObject([{ entry_state: 'released', result: 'unauthorized' }]);
	expect(about('SO-5')).toMatchObject([
		{ entry_state: 'reserved', agent: 'buyer', purpose: 'A desk, new', approved_by: 'Ada' },
	]);
	expect(about('SO-6')).toMatchObject([
		{ entry_state: 'cancelled', cancelled_reason: 'denied', cancelled_by: 'Bob' },
	]);
	for (const { stripe_request, result } of rows) {
		if (result !== '' && result !== 'unknown') expect(stripe_request).toMatch(/^req_/);
	}

	// No spreadsheet runs anything, whatever it takes for the end of a cell.
	for (const value of rows.flatMap((row) => Object.values(row))) {
		expect(value).not.toMatch(/(?:^|[;,"\t\n])\s*[=+\-@]/);
	}
});

it('an invalid period is reported, and no file is written', async () => {
	const { id } = await n8n().api.importWorkflow(
		loadExample('export-for-audit', {
			Period: {
				assignments: { assignments: [{ id: 'a', name: 'from', value: 'May', type: 'string' }] },
			},
		}),
	);
	const execution = await n8n().api.runByHand(id, 'Export Manually');
	expect(items(execution, 'Tell Somebody')).toMatchObject([
		{ error: { message: expect.stringContaining('Created After is not a date') as string } },
	]);
	expect(execution.runs('Rows and Lines')).toHaveLength(0);
});

it('exports a ledger of ten thousand entries in full', async () => {
	const began = Date.UTC(2001, 0, 1);
	const store = ledgerOf();
	const entries = Array.from({ length: 10_000 }, (_, n) =>
		buildPaidEntry(`pi_old_${n}`, { description: 'x'.repeat(500) }, { createdAt: began + n * 60_000 }),
	);
	await store.insertIfAbsent(entries);
	await store.close();
	const { rows, lines } = await exported(began, began + 31 * DAY);
	const ids = entries.map(({ entryId }) => entryId);
	expect(rows.map(({ entry_id }) => entry_id)).toEqual(ids);
	expect(lines.map(({ entryId }) => entryId)).toEqual(ids);
});
