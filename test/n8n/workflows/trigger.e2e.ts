import type { ExecutionStatus } from 'n8n-workflow';

import { useRealN8n } from '../harness/useRealN8n';
import { whereInstalled } from '../../servers/binaries';
import { until } from '../../servers/until';
import {
	postEvent,
	listEndpoints,
	buildTriggerEvent,
	KillSwitchWorkflow,
	publishTrigger,
	signEvent,
	countStarted,
	buildTriggeredWorkflow,
	unpublishTrigger,
} from './stripeEvents';

/** A claim lasts a minute: so long an event waits whose delivery was killed. In milliseconds. */
const PATIENCE = 90_000;

/**
 * n8n takes a job of a killed worker for lost when its lock of a minute is over, at the next look; a run whose job is gone, at
 * the next recovery of the queue. In milliseconds.
 */
const STALLED_PATIENCE = 240_000;

/** Minutes; n8n's default of three hours is longer than a test can wait. */
const EARLY_RECOVERY = { N8N_EXECUTIONS_QUEUE_RECOVERY_INTERVAL: '1' };

describe('n8n in one process', () => {
	const kill = new KillSwitchWorkflow();
	const n8n = useRealN8n({ environment: kill.environment });
	afterAll(() => kill.remove());

	it('creates an endpoint when it is published, and removes it when it is unpublished', async () => {
		const { id, endpoint } = await publishTrigger(n8n(), buildTriggeredWorkflow('comes and goes'));
		expect(endpoint).toMatchObject({ api_version: expect.any(String) as string, enabled_events: ['*'] });
		const { staticData } = (await n8n().api.workflow(id)) as unknown as { staticData: object };
		expect(JSON.stringify(staticData)).toContain(endpoint.id);
		expect(JSON.stringify(staticData)).not.toContain('whsec');
		await unpublishTrigger(n8n(), id);
	});

	it('starts the workflow once per event: duplicated, concurrent, out of order, and never for a forged event', async () => {
		const { api } = n8n();
		const { id, endpoint } = await publishTrigger(n8n(), buildTriggeredWorkflow('once'));
		const events = Array.from({ length: 20 }, () => buildTriggerEvent());
		const [first] = events;

		const forgeries = [
			signEvent(first!, 'whsec_forged'),
			'',
			't=1,v1=00',
			signEvent(first!, 'whsec_forged', 600),
		];
		for (const signature of forgeries) expect(await postEvent(endpoint, first!, signature)).toBe(400);
		expect(await countStarted(api, id)).toEqual(new Map());

		const twice = [...events, ...events].reverse();
		const statuses = await Promise.all(twice.map((one) => postEvent(endpoint, one)));
		expect(new Set(statuses)).toEqual(new Set([200]));
		for (const one of events) expect(await postEvent(endpoint, one)).toBe(200);
		const counts = await until('all runs', async () => {
			const found = await countStarted(api, id);
			return found.size === events.length && found;
		});
		expect(new Set(counts.values())).toEqual(new Set([1]));
		await unpublishTrigger(n8n(), id);
	});

	it('leaves no test endpoint of the editor behind', async () => {
		const { api } = n8n();
		const { id } = await api.importWorkflow(buildTriggeredWorkflow('tried out'));
		await expect(api.startByHand(id)).rejects.toThrow('waits for a call');
		const [endpoint, ...others] = await listEndpoints(n8n(), id);
		expect(others).toEqual([]);
		expect(endpoint!.url).toContain('/webhook-test/');
		const one = buildTriggerEvent();
		expect(await postEvent(endpoint!, one)).toBe(200);
		await until('the end of the test', async () => (await listEndpoints(n8n(), id)).length === 0);
		const counts = await until('the run', async () => {
			const found = await countStarted(api, id);
			return found.size > 0 && found;
		});
		expect(counts).toEqual(new Map([[one.id, 1]]));
	});

	it('is killed between the delivery and the run, and loses no event: Stripe delivers again what was not acknowledged', async () => {
		const { api, main } = n8n();
		const { id, endpoint } = await publishTrigger(n8n(), buildTriggeredWorkflow('killed'));
		const killedAt = new Map<string, string>();
		for (const point of ['claiming', 'claimed', 'settling']) {
			const one = buildTriggerEvent();
			killedAt.set(one.id, point);
			kill.arm(point);
			expect(await postEvent(endpoint, one)).toBe(0);
			expect(kill.hasFired).toBe(true);
			await main.restart();
		}
		await api.signIn();
		expect(await countStarted(api, id)).toEqual(new Map());
		for (const eventId of killedAt.keys()) {
			const one = buildTriggerEvent({ id: eventId });
			await until(
				'a delivery that is acknowledged',
				async () => (await postEvent(endpoint, one)) === 200,
				PATIENCE,
			);
		}
		const counts = await until('all runs', async () => {
			const found = await countStarted(api, id);
			return found.size === killedAt.size && found;
		});
		expect(counts).toEqual(new Map([...killedAt.keys()].map((eventId) => [eventId, 1])));

		// Killed when the run had begun, and Stripe had not been told: the workflow has had it, and n8n shows the run as crashed.
		const started = buildTriggerEvent();
		kill.arm('settled');
		expect(await postEvent(endpoint, started)).toBe(0);
		await main.restart();
		await api.signIn();
		expect(await postEvent(endpoint, started)).toBe(200);
		await until('a run that is known as crashed', async () => {
			return (await api.executions({ workflowId: id, status: ['crashed'] })).length > 0;
		});
		await unpublishTrigger(n8n(), id);
	});
});

whereInstalled(
	'initdb',
	'postgres',
	'redis-server',
)('n8n with two workers', () => {
	const n8n = useRealN8n({ mode: 'queue', environment: EARLY_RECOVERY });

	it(
		'starts the workflow once per event, in whichever process it runs, though a worker is killed',
		async () => {
			const { api, workers } = n8n();
			const { id, endpoint } = await publishTrigger(
				n8n(),
				buildTriggeredWorkflow('queue', { ledger: 'postgres' }),
			);
			const events = Array.from({ length: 20 }, () => buildTriggerEvent());
			const deliveries = Promise.all([...events, ...events].map((one) => postEvent(endpoint, one)));
			await n8n().replace(workers[0]!);
			await deliveries;
			// Stripe delivers again until each is acknowledged.
			for (const one of events) {
				await until(
					'an acknowledgement',
					async () => (await postEvent(endpoint, one)) === 200,
					PATIENCE,
				);
			}
			// A run that had begun in the worker that was killed is not begun again: after a while n8n shows it as failed.
			const failed: ExecutionStatus[] = ['crashed', 'error'];
			const counts = await until(
				'all runs',
				async () => {
					const found = await countStarted(api, id);
					const { length } = await api.executions({ workflowId: id, status: failed });
					return found.size + length >= events.length && found;
				},
				STALLED_PATIENCE,
			);
			expect(new Set(counts.values())).toEqual(new Set([1]));
		},
		3 * STALLED_PATIENCE,
	);
});
