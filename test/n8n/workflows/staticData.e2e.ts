import type { IDataObject } from 'n8n-workflow';

import type { Execution } from '../harness/execution';
import { isUnderway } from '../harness/execution';
import { useRealN8n } from '../harness/useRealN8n';
import type { RealN8n } from '../harness/realN8n';
import { whereInstalled } from '../../servers/binaries';
import { until } from '../../servers/until';
import { executeByWebhook, getExecutionIds, importAndPublish } from './executing';
import { countChargesOf, sendsOf } from './figures';
import { buildFlow } from './flows';
import { Hold } from './holding';
import type { ShopOrder } from './nodes';
import { ORDER, buildOrder } from './nodes';
import { buildOrderWorkflow } from './orderWorkflow';
import { ShopClient } from './shopClient';

/**
 * What the documentation says of Workflow Static Data. When n8n comes to keep more of it, or less, a test here says so.
 */
const LEDGER = { ledger: 'staticData' };

/** The numbers of the orders that n8n has saved in a workflow when all of its runs have ended. */
async function saved({ api }: RealN8n, id: string): Promise<string[]> {
	// The shop may have its answer before the run has ended.
	await until(
		'the end of all runs',
		async () => !(await api.executions({ workflowId: id })).some(isUnderway),
	);
	const { staticData } = (await api.workflow(id)) as { staticData?: IDataObject };
	const { rows = [] } =
		(staticData?.global as { stripeIdempotent?: Ledger } | undefined)?.stripeIdempotent ?? {};
	// Beside the entries stands under which key secret the ledger was begun.
	return rows.flatMap(({ fields }) => (fields ? [fields[0]![1]] : [])).sort();
}

interface Ledger {
	rows: { fields?: [name: string, value: string][] }[];
}

async function shopAt(n8n: RealN8n, path: string): Promise<{ id: string; client: ShopClient }> {
	const id = await importAndPublish(n8n.api, buildOrderWorkflow(path, LEDGER));
	return { id, client: new ShopClient(`${n8n.main.url}/webhook/${path}`) };
}

/** Sent twice, with one key: Stripe did it once, and answered the second one from its memory. */
function expectKeptByStripe({ simulator }: RealN8n, one: ShopOrder): void {
	const sends = sendsOf(simulator, one);
	expect(sends.map(({ replayed }) => replayed)).toEqual([false, true]);
	expect(new Set(sends.map(({ key }) => key)).size).toBe(1);
	expect(countChargesOf(simulator, one)).toBe(1);
}

describe('Workflow Static Data in one process', () => {
	const n8n = useRealN8n();

	it('two concurrent runs of one order send once', async () => {
		const { client: fixture } = await shopAt(n8n(), 'at-once');
		const one = buildOrder('at-once');
		await Promise.all([fixture.deliver(one), fixture.deliver(one), fixture.deliver(one)]);
		expect(fixture.outputsOf(one)).toEqual(['Duplicate', 'Duplicate', 'Success']);
		expect(sendsOf(n8n().simulator, one)).toHaveLength(1);
		expect(countChargesOf(n8n().simulator, one)).toBe(1);
	});

	it('of two concurrent runs neither loses what the other has saved', async () => {
		const { id, client: fixture } = await shopAt(n8n(), 'overlap');
		const [long, short] = [buildOrder('long'), buildOrder('short')];
		const hold = new Hold(n8n().simulator, long);
		const answer = fixture.deliver(long);
		await hold.charged();
		// It begins later and ends earlier.
		expect(await fixture.deliver(short)).toMatchObject({ output: 'Success' });
		hold.end();
		expect(await answer).toMatchObject({ output: 'Success' });
		expect(await saved(n8n(), id)).toEqual(['long', 'short']);
	});

	describe('after n8n was killed', () => {
		const [ended, failing, byHand, killed, stopped] = [
			'ended',
			'failing',
			'by-hand',
			'killed',
			'stopped',
		].map((number) => buildOrder(number)) as [ShopOrder, ShopOrder, ShopOrder, ShopOrder, ShopOrder];
		let production: { id: string; client: ShopClient };
		let stopping: string;
		let failed: Execution;
		let manual: string;
		let byPerson: { id: string; client: ShopClient };

		beforeAll(async () => {
			const { api, main, simulator } = n8n();
			production = await shopAt(n8n(), 'production');
			await production.client.deliver(ended);
			expect(await saved(n8n(), production.id)).toEqual(['ended']);

			const THROW = { ...LEDGER, options: { maxRetries: 0, serverErrors: 'throw' } };
			stopping = await importAndPublish(api, buildFlow('stopping', { parameters: THROW }));
			await executeByWebhook(api, { id: stopping, path: 'stopping' }, buildOrder('ended-before'));
			const metadata = { order_number: failing.order_number };
			simulator.inject({ kind: 'resetAfter', match: { method: 'POST', metadata } });
			failed = await executeByWebhook(api, { id: stopping, path: 'stopping' }, failing);
			expect(failed.status).toBe('error');

			const json = buildFlow('manual', { parameters: LEDGER });
			const pinData = { [ORDER]: [{ json: { body: { ...byHand } } }] };
			manual = (await api.importWorkflow({ ...json, pinData })).id;
			expect(await api.runByHand(manual)).toMatchObject({ status: 'success' });

			byPerson = await shopAt(n8n(), 'by-person');
			const stop = new Hold(simulator, stopped);
			const unanswered = byPerson.client.deliver(stopped);
			await stop.charged();
			const [execution] = await getExecutionIds(api, byPerson.id);
			await api.stopExecution(execution!);
			expect(await api.ended(execution!)).toMatchObject({ status: 'canceled' });
			stop.end();
			await unanswered;

			const hold = new Hold(simulator, killed);
			const answer = production.client.deliver(killed);
			await hold.charged();
			await main.kill();
			hold.end();
			expect(await answer).toBeUndefined();
			await main.restart();
		}, 180_000);

		it('a production run that had ended is known: nothing is sent', async () => {
			expect(await saved(n8n(), production.id)).toEqual(['ended']);
			const sends = sendsOf(n8n().simulator, ended).length;
			expect(await production.client.deliver(ended)).toMatchObject({
				output: 'Duplicate',
				idempotency: { replayed: true, source: 'ledger' },
			});
			expect(sendsOf(n8n().simulator, ended)).toHaveLength(sends);
		});

		it('a production run that was sending is lost: Stripe knows its key', async () => {
			expect(await saved(n8n(), production.id)).not.toContain('killed');
			await production.client.deliver(killed);
			expectKeptByStripe(n8n(), killed);
			expect(await saved(n8n(), production.id)).toEqual(['ended', 'killed']);
		});

		it('a production run that a person stopped is lost: Stripe knows its key', async () => {
			expect(await saved(n8n(), byPerson.id)).toEqual([]);
			await byPerson.client.deliver(stopped);
			expectKeptByStripe(n8n(), stopped);
			expect(await saved(n8n(), byPerson.id)).toEqual(['stopped']);
		});

		it('a manual run is lost: Stripe knows its key', async () => {
			expect(await saved(n8n(), manual)).toEqual([]);
			expect(await n8n().api.runByHand(manual)).toMatchObject({ status: 'success' });
			expectKeptByStripe(n8n(), byHand);
			expect(await saved(n8n(), manual)).toEqual([]);
		});

		it('a retry with the original workflow starts empty, and what it saves replaces everything: Stripe knows its key', async () => {
			expect(await saved(n8n(), stopping)).toEqual(['ended-before', 'failing']);
			const retried = await n8n().api.retry(failed.id, 'original');
			expect(retried.status).toBe('success');
			expectKeptByStripe(n8n(), failing);
			expect(await saved(n8n(), stopping)).toEqual(['failing']);
		});
	});
});

whereInstalled(
	'initdb',
	'postgres',
	'redis-server',
)('Workflow Static Data in queue mode', () => {
	const n8n = useRealN8n({ mode: 'queue', workers: 1 });

	it('every run starts empty and overwrites what was saved: an order is resent, and Stripe knows its key', async () => {
		const { id, client: fixture } = await shopAt(n8n(), 'queue');
		const [first, second] = [buildOrder('first'), buildOrder('second')];
		await fixture.deliver(first);
		expect(await saved(n8n(), id)).toEqual(['first']);
		// What the process itself remembers goes with it; another worker would not know it either.
		await n8n().replace(n8n().workers[0]!);
		await fixture.deliver(second);
		expect(await saved(n8n(), id)).toEqual(['second']);
		await fixture.deliver(first);
		expectKeptByStripe(n8n(), first);
	});
});
