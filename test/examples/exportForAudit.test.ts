import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';

import { parse } from 'csv-parse/sync';
import type { IDataObject } from 'n8n-workflow';

import type { Entry, PreviousAttempt } from '../../ledger/model/entry';
import { toEntryView } from '../../nodes/IdempotencyRegistry/entries/entryView';
import type { WorkflowJson } from '../engine';
import { buildEntry, buildPaidEntry, buildReservedEntry, THEN } from '../ledger/entries';

const EXAMPLE = join(__dirname, '../../examples', 'export-for-audit.json');
const PAGE = join(__dirname, '../../docs', 'trace-a-payment.md');

const code = (JSON.parse(readFileSync(EXAMPLE, 'utf8')) as WorkflowJson).nodes.find(
	({ name }) => name === 'Rows and Lines',
) as unknown as { parameters: { jsCode: string } };

/** What the code makes of entries, which come as Get Many gives them: the newest first. */
function filesOf(...oldestFirst: Entry[]) {
	const items = oldestFirst
		.map((entry) => ({ json: toEntryView(entry, THEN, { simplify: true }) }))
		.reverse();
	const period = { json: { from: '2100-01-01', until: '2100-02-01' } };
	const files = runInNewContext(`(() => {${code.parameters.jsCode}})()`, {
		$input: { all: () => items },
		$: () => ({ first: () => period }),
	}) as { json: { fileName: string; text: string } }[];
	const [csv, jsonl] = files.map(({ json }) => json);
	return { csv: csv!, jsonl: jsonl!, rows: rowsOf(csv!.text) };
}

const rowsOf = (csv: string): Record<string, string>[] => parse(csv, { columns: true, bom: true });

const declined: PreviousAttempt = {
	attempt: 1,
	key: 'n8n_first',
	settledAt: THEN - 5_000,
	amount: 1050,
	currency: 'usd',
	sends: 3,
	firstSentAt: THEN - 9_000,
	origin: { executionId: '77' },
	outcome: { kind: 'rejected', statusCode: 402, requestId: 'req_first', message: 'No money' },
};

it('writes a row per attempt and a line per entry, the oldest first', () => {
	const twice = { attempt: 2, key: 'n8n_second', previousAttempts: [declined], order: 'SO-2' };
	const { rows, csv, jsonl } = filesOf(
		buildPaidEntry('pi_1', {}, { order: 'SO-1' }),
		buildPaidEntry('pi_2', {}, twice),
	);
	expect(rows).toMatchObject([
		{ internal_id: 'SO-1', internal_id_fields: 'order', stripe_object: 'pi_1', money: '19.99 USD' },
		{
			internal_id: 'SO-2',
			attempt: '1',
			is_last_attempt: 'no',
			result: 'rejected',
			idempotency_key: 'n8n_first',
			stripe_request: 'req_first',
			http_status: '402',
			entry_state: 'succeeded',
			money: '10.50 USD',
			message: 'No money',
			sends: '3',
			first_sent_at: new Date(THEN - 9_000).toISOString(),
			execution_id: '77',
		},
		{
			internal_id: 'SO-2',
			attempt: '2',
			is_last_attempt: 'yes',
			result: 'succeeded',
			idempotency_key: 'n8n_second',
			stripe_request: 'req_pi_2',
			amount_minor_units: '1999',
		},
	]);
	expect(csv.fileName).toBe('payments_2100-01-01_until_2100-02-01.csv');
	expect(jsonl.text.split('\n').map((line) => line.length > 0)).toEqual([true, true, false]);
});

it('counts money that has moved, once per payment, in the row of its latest movement', () => {
	const on = (action: string) =>
		({ method: 'POST', path: `/v1/payment_intents/pi_1/${action}`, params: {} }) as const;
	const held = { status: 'requires_capture', amount_received: 0 };
	const { rows } = filesOf(
		buildPaidEntry('pi_1', held, { settledAt: THEN - 9_000 }),
		buildPaidEntry('pi_1', { amount_received: 600 }, { request: on('capture'), settledAt: THEN - 5_000 }),
		buildPaidEntry('pi_2', { status: 'requires_action', amount_received: 0 }),
		buildPaidEntry(
			're_1',
			{ object: 'refund', amount: 250 },
			{ request: { ...on('x'), path: '/v1/refunds' } },
		),
	);
	expect(
		rows.map(({ payment_state, payment_object, paid_minor_units: paidUnits, refunded_minor_units }) => [
			payment_state,
			payment_object,
			paidUnits,
			refunded_minor_units,
		]),
	).toEqual([
		['authorized', 'pi_1', '', ''],
		['paid', 'pi_1', '600', ''],
		['requires_action', 'pi_2', '0', ''],
		['refunded', 're_1', '', '250'],
	]);
});

it('puts a late response beside its attempt', () => {
	const answer = (key: string, objectId: string) => ({
		fence: 1,
		key,
		at: THEN,
		outcome: { kind: 'succeeded' as const, objectId, requestId: `req_${objectId}` },
	});
	const evidence = [answer('n8n_first', 'pi_late'), answer('n8n_forgotten', 'pi_lost')];
	const { rows } = filesOf(
		buildPaidEntry('pi_2', {}, { attempt: 2, previousAttempts: [declined], lateResponses: evidence }),
	);
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
])('escapes %j, and breaks no row', (text, safe) => {
	const facts = { order: 'SO-1', origin: { workflowName: text } };
	const { rows, jsonl } = filesOf(buildPaidEntry('pi_1', {}, facts), buildPaidEntry('pi_2'));
	expect(rows.map(({ stripe_object }) => stripe_object)).toEqual(['pi_1', 'pi_2']);
	expect(rows[0]!.workflow_name).toBe(safe);
	expect(JSON.parse(jsonl.text.split('\n')[0]!)).toMatchObject({ origin: { workflowName: text } });
});

it('shows who decided, and no secret', () => {
	const spoken = 'pi_1_secret_AbC and whsec_AbC';
	const { rows, csv, jsonl } = filesOf(
		buildReservedEntry({ purpose: spoken }, { order: 'SO-1' }),
		buildEntry({
			state: 'cancelled',
			order: 'SO-2',
			cancellation: { reason: 'denied', decidedBy: 'Ada', at: THEN },
		}),
	);
	expect(rows).toMatchObject([
		{
			agent: 'desk',
			session: 's1',
			approval: 'waiting',
			reserved: '5.00 EUR',
			reserved_by_workflow_id: 'w0',
			reserved_by_workflow_name: 'Support',
			reserved_by_execution_id: '4711',
			workflow_id: 'w1',
		},
		{ cancelled_reason: 'denied', cancelled_by: 'Ada', settled_at: new Date(THEN).toISOString() },
	]);
	expect(csv.text + jsonl.text).not.toMatch(/AbC|tokenHash/);
});

it("shows every fact of the lines in the rows, except the ledger's counters", () => {
	const facts = { order: 'SO-1', previousAttempts: [declined], attempt: 2, lateResponses: [] };
	const { csv, jsonl } = filesOf({
		...buildPaidEntry('pi_1', { customer: 'cus_1', latest_charge: 'ch_1' }, facts),
		reservation: (buildReservedEntry() as { reservation: Entry['reservation'] }).reservation,
	});
	const { fence, reservation, ...line } = JSON.parse(jsonl.text) as Record<string, IDataObject>;
	const { purpose, inWords, agent, session, approval, workflowId, workflowName, executionId } =
		reservation!;
	const requested = { purpose, inWords, agent, session, approval, workflowId, workflowName, executionId };
	expect([fence, reservation!.generation]).toEqual([1, 1]);
	const missing = [...leaves(line), ...leaves(requested)].filter((fact) => !csv.text.includes(fact));
	expect(missing).toEqual([]);
});

it('omits what the trigger stores about events', () => {
	const { rows, jsonl } = filesOf(
		buildEntry({ operation: 'event', fields: [['event', 'evt_1']] }),
		buildPaidEntry('pi_1'),
	);
	expect(rows).toMatchObject([{ stripe_object: 'pi_1' }]);
	expect(jsonl.text.match(/\n/g)).toHaveLength(1);
});

it('has exactly the columns documented on its page', () => {
	const page = readFileSync(PAGE, 'utf8');
	const table = page
		.slice(page.indexOf('### The columns'))
		.split('\n')
		.filter((line) => line.startsWith('|'));
	const explained = table.slice(2).flatMap((line) => line.split('|')[1]!.match(/\w+/g) ?? []);
	expect(Object.keys(filesOf(buildPaidEntry('pi_1')).rows[0]!).sort()).toEqual(explained.sort());
});

/** Every text and number in it, however deep. */
function leaves(value: unknown): string[] {
	if (typeof value === 'string' || typeof value === 'number') return [String(value)];
	return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [];
}
