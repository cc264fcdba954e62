import { IdempotencyRegistry } from '../../nodes/IdempotencyRegistry/IdempotencyRegistry.node.ts';
import type { NodeUnderTest } from '../engine';
import { runNode } from '../engine';
import { HOUR_MS, Setting } from '../nodes/setting';
import { onEach } from './grounds';
import { NodeWorker } from './nodeProcess';
import { using } from './nodeUsing';
import { PATIENCE_MS, times } from './soak';
import { Spare } from './spare';

const REGISTRY_NODE = 'n8n-nodes-stripe-idempotent.idempotencyRegistry';
const ORDER = { order: '1001', amount: 1999 };
const [SUCCESS, SERVER_ERROR] = [0, 2];

const workers = new Spare(() => NodeWorker.start());
afterAll(() => workers.stop());

let setting: Setting;
beforeEach(async () => {
	workers.begin();
	setting = await Setting.begin();
});
afterEach(() => setting.end());

onEach(['Local File'], (ground) => {
	it.each([
		...['claimed', 'sending', 'answered', 'settled'],
		...(times(0, 1) ? ['claiming', 'settling', 'leaving'] : []),
	])(
		'a retry by a person, killed at "%s" and done again, charges what was unknown once',
		async (point) => {
			const how = using(setting, ground().newPlace(), { options: { waitForBusySeconds: 0 } });
			setting.stripe.inject({ kind: 'resetBefore' });
			const { serverError } = await setting.run([ORDER], how);
			expect(serverError).toHaveLength(1);
			const [ledger, ledgerFile] = [how.parameters.ledger, how.parameters.ledgerFile].map(String);
			const node: NodeUnderTest = {
				type: REGISTRY_NODE,
				parameters: {
					...{ resource: 'entry', operation: 'retry', ledger, ledgerFile },
					...{
						findBy: 'field',
						fieldValue: ORDER.order,
						options: { timeoutSeconds: 60, maxRetries: 0 },
					},
				},
			};
			const retry = async () => {
				const { credentials } = how.run;
				const nodeTypes = { [REGISTRY_NODE]: new IdempotencyRegistry(setting.time) };
				const { items } = await runNode(node, { nodeTypes, credentials, items: [{}] });
				return items.findIndex((left) => left.length > 0);
			};

			const worker = await workers.take();
			await worker.do({
				node,
				credentials: how.run.credentials,
				items: [{}],
				dieAt: { point, nth: 1 },
			});
			expect(await worker.ended).toBe('SIGKILL');

			// Its claim still stands, or it had come to its end.
			expect([SUCCESS, SERVER_ERROR]).toContain(await retry());
			expect(setting.charges()).toBeLessThanOrEqual(1);
			setting.time.advance(HOUR_MS);
			expect(await retry()).toBe(SUCCESS);
			expect((await setting.run([ORDER], how)).success).toHaveLength(1);
			expect(setting.charges()).toBe(1);
			expect(new Set(setting.stripe.sends().map(({ key }) => key)).size).toBe(1);
		},
		PATIENCE_MS,
	);
});
