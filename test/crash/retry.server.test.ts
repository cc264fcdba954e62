import { IdempotencyRegistry } from '../../nodes/IdempotencyRegistry/IdempotencyRegistry.node.ts';
import type { NodeUnderTest } from '../engine';
import { runNode } from '../engine';
import { ONE_HOUR_MS, NodeFixture } from '../nodes/fixtures/nodeFixture';
import { describeEachBackend } from './ledgerBackends';
import { NodeWorker } from './nodeProcess';
import { useLedgerAt } from './nodeUsing';
import { PATIENCE_MS, repeat } from './soak';
import { WarmWorkerPool } from './warmWorkerPool';

const REGISTRY_NODE = 'n8n-nodes-stripe-idempotent.idempotencyRegistry';
const ORDER = { order: '1001', amount: 1999 };
const [SUCCESS, RETRY_OUTPUT] = [0, 2];

const workers = new WarmWorkerPool(() => NodeWorker.start());
afterAll(() => workers.stop());

let fixture: NodeFixture;
beforeEach(async () => {
	workers.begin();
	fixture = await NodeFixture.start();
});
afterEach(() => fixture.stop());

describeEachBackend(['Local File'], (backend) => {
	it.each([
		'claimed',
		'sending',
		'answered',
		'settled',
		...(repeat(0, 1) ? ['claiming', 'settling', 'leaving'] : []),
	])(
		'a retry by a person, killed at "%s" and repeated, charges an unknown order once',
		async (point) => {
			const how = useLedgerAt(fixture, backend().newLocation(), { options: { waitForBusySeconds: 0 } });
			fixture.stripe.inject({ kind: 'resetBefore' });
			const lost = await fixture.run([ORDER], how);
			expect(lost.retry).toHaveLength(1);
			const [ledger, ledgerFile] = [how.parameters.ledger, how.parameters.ledgerFile].map(String);
			const node: NodeUnderTest = {
				type: REGISTRY_NODE,
				parameters: {
					resource: 'entry',
					operation: 'retry',
					ledger,
					ledgerFile,
					findBy: 'field',
					fieldValue: ORDER.order,
					options: { timeoutSeconds: 60, maxRetries: 0 },
				},
			};
			const retryEntry = async () => {
				const { credentials } = how.run;
				const nodeTypes = { [REGISTRY_NODE]: new IdempotencyRegistry(fixture.time) };
				const { items } = await runNode(node, { nodeTypes, credentials, items: [{}] });
				return items.findIndex((item) => item.length > 0);
			};

			const worker = await workers.take();
			await worker.do({
				node,
				credentials: how.run.credentials,
				items: [{}],
				dieAt: { point, nth: 1 },
			});
			expect(await worker.ended).toBe('SIGKILL');

			// The claim is still held, or the worker had finished.
			expect([SUCCESS, RETRY_OUTPUT]).toContain(await retryEntry());
			expect(fixture.charges()).toBeLessThanOrEqual(1);
			fixture.time.advance(ONE_HOUR_MS);
			expect(await retryEntry()).toBe(SUCCESS);
			expect((await fixture.run([ORDER], how)).success).toHaveLength(1);
			expect(fixture.charges()).toBe(1);
			expect(new Set(fixture.stripe.sends().map(({ key }) => key)).size).toBe(1);
		},
		PATIENCE_MS,
	);
});
