import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';

import { parse } from 'csv-parse/sync';
import type { IDataObject } from 'n8n-workflow';

import type { Entry, PastAttempt } from '../ledger/entry';
import { SqliteStore } from '../ledger/stores/sqlite';
import { systemTime } from '../ledger/time';
import { entryItem } from '../nodes/IdempotencyRegistry/operations/entryItem';
import { StripeIdempotent } from '../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import type { WorkflowJson } from './engine';
import { runWorkflow } from './engine';
import { entryOf, paid, reservedFor, THEN } from './ledger/entries';
import { StripeSimulator } from './simulator/simulator';

type Example = WorkflowJson & { pinData: Record<string, { json: IDataObject }[]> };

const EXAMPLES = join(__dirname, '..', 'examples');

const readExample = (name: string) => JSON.parse(readFileSync(join(EXAMPLES, name), 'utf8')) as Example;

let stripe: StripeSimulator;
let folder: string;
beforeEach(async () => {
	stripe = await StripeSimulator.start();
	folder = mkdtempSync(join(tmpdir(), 'stripe-idempotent-example-'));
});
afterEach(async () => {
	SqliteStore.open(join(folder, 'ledger.sqlite')).close();
	rmSync(folder, { recursive: true, force: true });
	await stripe.stop();
});

describe('charge-orders-once.json', () => {
	const example = readExample('charge-orders-once.json');

	const run = () => {
		const nodes = example.nodes.map((node) =>
			node.name === 'Charge Once'
				? { ...node, parameters: { ...node.parameters, ledgerFile: join(folder, 'ledger.sqlite') } }
				: node,
		);
		return runWorkflow(
			{ ...example, nodes },
			{
				nodeTypes: {
					'n8n-nodes-stripe-idempotent.stripeIdempotent': new StripeIdempotent(systemTime),
				},
				credentials: { stripeIdempotentApi: { secretKey: 'sk_test_example', baseUrl: stripe.url } },
				items: example.pinData.Orders?.map(({ json }) => json),
			},
		);
	};

	it('charges its order once, however often it runs, and tells of the declined card', async () => {
		for (const replayed of [false, true]) {
			const result = await run();
			const [paid] = result.outputs('Paid')[0] ?? [];
			expect(paid?.json).toMatchObject({ amount: 14850, currency: 'eur', idempotency: { replayed } });
			const [told] = result.outputs('Tell Somebody')[0] ?? [];
			expect(told?.json).toMatchObject({
				error: { outcome: 'rejected', declineCode: 'insufficient_funds' },
			});
			expect(result.runs('Run Again Later')).toHaveLength(0);
		}
		expect(stripe.report().charges).toHaveLength(1);
	});
});

it.each(readdirSync(EXAMPLES).filter((name) => name.endsWith('.json')))(
	'%s holds no keys and no data of a machine',
	(name) => {
		expect(readFileSync(join(EXAMPLES, name), 'utf8')).not.toMatch(
			/(?:sk|rk)_(?:test|live)_\w{8}|\/home\/(?!node\/\.n8n-files)|\/root\/|127\.0\.0\.1/,
		);
	},
);

describe('export-for-audit.json', () => {
	const code = readExample('export-for-audit.json').nodes.find(
		({ name }) => name === 'Rows and Lines',
	) as unknown as { parameters: { jsCode: string } };

	/** What the code makes of entries, which come as Get Many gives them: the newest first. */
	function filesOf(...oldestFirst: Entry[]) {
		const items = oldestFirst.map((entry) => ({ json: entryItem(entry, THEN, true) })).reverse();
		const period = { json: { from: '2100-01-01', until: '2100-02-01' } };
		const files = runInNewContext(`(() => {${code.parameters.jsCode}})()`, {
			$input: { all: () => items },
			$: () => ({ first: () => period }),
		}) as { json: { fileName: string; text: string } }[];
		const [csv, jsonl] = files.map(({ json }) => json);
		return { csv: csv!, jsonl: jsonl!, rows: rowsOf(csv!.text) };
	}

	const rowsOf = (csv: string): Record<string, string>[] => parse(csv, { columns: true, bom: true });

	const declined: PastAttempt = {
		...{ attempt: 1, key: 'n8n_first', settledAt: THEN - 5_000 },
		outcome: { kind: 'rejected', statusCode: 402, requestId: 'req_first', message: 'No money' },
	};

	it('gives a row per attempt and a line per entry, the oldest first, and no amount twice', () => {
		const twice = { attempt: 2, key: 'n8n_second', past: [declined], order: 'SO-2' };
		const { rows, csv, jsonl } = filesOf(paid('pi_1', {}, { order: 'SO-1' }), paid('pi_2', {}, twice));
		expect(rows).toMatchObject([
			{ internal_id: 'SO-1', internal_id_fields: 'order', stripe_object: 'pi_1', money: '19.99 USD' },
			{
				...{ internal_id: 'SO-2', attempt: '1', is_last_attempt: 'no', result: 'rejected' },
				...{ idempotency_key: 'n8n_first', stripe_request: 'req_first', http_status: '402' },
				...{ entry_state: 'succeeded', amount_minor_units: '', message: 'No money' },
			},
			{
				...{ internal_id: 'SO-2', attempt: '2', is_last_attempt: 'yes', result: 'succeeded' },
				...{ idempotency_key: 'n8n_second', stripe_request: 'req_pi_2', amount_minor_units: '1999' },
			},
		]);
		expect(csv.fileName).toBe('payments_2100-01-01_until_2100-02-01.csv');
		expect(jsonl.text.split('\n').map((line) => line.length > 0)).toEqual([true, true, false]);
	});

	it('puts a late answer beside the attempt that it answers', () => {
		const answer = (key: string, objectId: string) => ({
			...{ fence: 1, key, at: THEN },
			outcome: { kind: 'succeeded' as const, objectId, requestId: `req_${objectId}` },
		});
		const evidence = [answer('n8n_first', 'pi_late'), answer('n8n_forgotten', 'pi_lost')];
		const { rows } = filesOf(paid('pi_2', {}, { attempt: 2, past: [declined], evidence }));
		expect(rows.map(({ late_answers }) => late_answers)).toEqual([
			`${new Date(THEN).toISOString()} succeeded pi_late req_pi_late`,
			`${new Date(THEN).toISOString()} succeeded pi_lost req_pi_lost`,
		]);
		for (const row of rows) expect(row.stripe_objects_of_entry).toBe('pi_2 | pi_late | pi_lost');
	});

	it.each([
		['=1+1', "'=1+1"],
		['+49 30 1234', "'+49 30 1234"],
		['-5', "'-5"],
		['@SUM(A1)', "'@SUM(A1)"],
		['\t=1', "'\t'=1"],
		['\rx', "'\nx"],
		['  =1', "'  =1"],
		['＝1', "'＝1"],
		['a;=1', "a;'=1"],
		['a,"@b"', 'a,"\'@b"'],
		['a\r\n-b', "a\n'-b"],
		['2026-11-24 a=b', '2026-11-24 a=b'],
		['said "no", 😀', 'said "no", 😀'],
	])('makes a text of %j, and breaks no row', (text, safe) => {
		const facts = { order: 'SO-1', origin: { workflowName: text } };
		const { rows, jsonl } = filesOf(paid('pi_1', {}, facts), paid('pi_2'));
		expect(rows.map(({ stripe_object }) => stripe_object)).toEqual(['pi_1', 'pi_2']);
		expect(rows[0]!.workflow_name).toBe(safe);
		expect(JSON.parse(jsonl.text.split('\n')[0]!)).toMatchObject({ origin: { workflowName: text } });
	});

	it('says who decided, and shows no secret', () => {
		const spoken = 'pi_1_secret_AbC and whsec_AbC';
		const { rows, csv, jsonl } = filesOf(
			reservedFor({ purpose: spoken }, { order: 'SO-1' }),
			entryOf({
				...{ state: 'cancelled', order: 'SO-2' },
				...{ cancellation: { reason: 'denied', by: 'Ada', at: THEN } },
			}),
		);
		expect(rows).toMatchObject([
			{ agent: 'desk', session: 's1', approval: 'waiting', reserved: '5.00 EUR' },
			{ cancelled_reason: 'denied', cancelled_by: 'Ada', settled_at: new Date(THEN).toISOString() },
		]);
		expect(csv.text + jsonl.text).not.toMatch(/AbC|tokenHash/);
	});

	it('shows in the rows every fact that stands in the lines, but for counters of the ledger', () => {
		const facts = { order: 'SO-1', past: [declined], attempt: 2, evidence: [] };
		const { csv, jsonl } = filesOf({
			...paid('pi_1', { customer: 'cus_1', latest_charge: 'ch_1' }, facts),
			reservation: (reservedFor() as { reservation: Entry['reservation'] }).reservation,
		});
		const { fence, reservation, ...line } = JSON.parse(jsonl.text) as Record<string, IDataObject>;
		const { purpose, inWords, agent, session, approval } = reservation!;
		expect([fence, reservation!.round]).toEqual([1, 1]);
		const missing = [...leaves(line), ...leaves({ purpose, inWords, agent, session, approval })].filter(
			(fact) => !csv.text.includes(fact),
		);
		expect(missing).toEqual([]);
	});

	it('leaves out what the trigger remembers of events', () => {
		const { rows, jsonl } = filesOf(entryOf({ operation: 'event' }), paid('pi_1'));
		expect(rows).toMatchObject([{ stripe_object: 'pi_1' }]);
		expect(jsonl.text.match(/\n/g)).toHaveLength(1);
	});

	it('has exactly the columns that its page explains', () => {
		const page = readFileSync(join(EXAMPLES, '../docs/trace-a-payment.md'), 'utf8');
		const table = page
			.slice(page.indexOf('### The columns'))
			.split('\n')
			.filter((line) => line.startsWith('|'));
		const explained = table.slice(2).flatMap((line) => line.split('|')[1]!.match(/\w+/g) ?? []);
		expect(Object.keys(filesOf(paid('pi_1')).rows[0]!).sort()).toEqual(explained.sort());
	});

	/** Every text and number in it, however deep. */
	function leaves(value: unknown): string[] {
		if (typeof value === 'string' || typeof value === 'number') return [String(value)];
		return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [];
	}
});
