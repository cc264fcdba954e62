import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';
import Stripe from 'stripe';

import { DEFAULT_API_VERSION } from '../../../stripe/api/connection';
import { connectNodes } from '../../engine/workflowJson';
import type { WorkflowJson } from '../../engine/workflowJson';
import type { N8nApi } from '../harness/n8nApi';
import type { RealN8n } from '../harness/realN8n';
import { until } from '../../servers/until';
import { asStripeWrites, secretOf } from '../../simulator/resources/webhookEndpoints';
import { stripeAt } from '../../simulator/client';
import { buildNoOpNode } from './nodes';

const TRIGGER = 'Stripe';
const DONE = 'Done';

export interface TriggerEvent extends IDataObject {
	id: string;
}

export function buildTriggerEvent(given: IDataObject = {}): TriggerEvent {
	return {
		id: `evt_${randomUUID().replaceAll('-', '')}`,
		object: 'event',
		api_version: DEFAULT_API_VERSION,
		created: 1_790_000_000,
		data: { object: { id: 'pi_1', object: 'payment_intent', status: 'succeeded', description: 'Café' } },
		livemode: false,
		pending_webhooks: 1,
		request: { id: 'req_1', idempotency_key: null },
		type: 'payment_intent.succeeded',
		...given,
	};
}

/** Trigger → Done. Two workflows must not share a path: that is what `webhookId` is. */
export function buildTriggeredWorkflow(name: string, parameters: IDataObject = {}): WorkflowJson {
	const ledgers = ['postgres', 'redis'].filter((type) => type === parameters.ledger);
	const credentials = ['stripeIdempotentApi', ...ledgers].map(
		(type) => [type, { id: '', name: type }] as const,
	);
	return {
		name,
		nodes: [
			{
				name: TRIGGER,
				type: 'n8n-nodes-stripe-idempotent.stripeIdempotentTrigger',
				webhookId: randomUUID(),
				parameters: { events: ['*'], ...parameters },
				credentials: Object.fromEntries(credentials),
			},
			buildNoOpNode(DONE),
		],
		connections: connectNodes({ from: TRIGGER, to: DONE }),
	};
}

export interface Endpoint {
	id: string;
	url: string;
}

/** Those that a workflow has in Stripe. */
export async function listEndpoints({ simulator }: RealN8n, workflowId: string): Promise<Endpoint[]> {
	const { data } = await stripeAt(simulator, 'sk_test_real_n8n').webhookEndpoints.list({ limit: 100 });
	return data.filter(({ metadata }) => metadata.n8n_workflow === workflowId);
}

/** Takes a workflow out of work; resolves when its endpoint is gone. */
export async function unpublishTrigger(n8n: RealN8n, id: string): Promise<void> {
	await n8n.api.unpublish(id);
	await until('the end of its endpoint', async () => (await listEndpoints(n8n, id)).length === 0);
}

/** Publishes a workflow; resolves with its id and the endpoint that its trigger has made in Stripe. */
export async function publishTrigger(
	n8n: RealN8n,
	workflow: WorkflowJson,
): Promise<{ id: string; endpoint: Endpoint }> {
	const { id } = await n8n.api.importWorkflow(workflow);
	await n8n.api.publish(id);
	// n8n puts a workflow to work beside its answer, and saves what the trigger knows of its endpoint after that.
	const endpoint = await until('an endpoint that n8n knows', async () => {
		const { staticData } = (await n8n.api.workflow(id)) as { staticData?: object };
		const known = JSON.stringify(staticData ?? {});
		return (await listEndpoints(n8n, id)).find((one) => known.includes(one.id));
	});
	return { id, endpoint };
}

/** One delivery, as Stripe makes it. @returns the status, or 0 when n8n died meanwhile */
export async function postEvent(
	{ id, url }: Endpoint,
	one: TriggerEvent,
	signature = signEvent(one, secretOf(id)),
): Promise<number> {
	const answer = await fetch(url, {
		method: 'POST',
		headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signature },
		body: asStripeWrites(one),
	}).catch(() => undefined);
	await answer?.text().catch(() => '');
	return answer?.status ?? 0;
}

export function signEvent(one: TriggerEvent, secret: string, ageS = 0): string {
	const timestamp = Math.floor(Date.now() / 1000) - ageS;
	return Stripe.webhooks.generateTestHeaderString({ payload: asStripeWrites(one), secret, timestamp });
}

/** How often the workflow has had each event: runs that went on after the trigger. */
export async function countStarted(api: N8nApi, workflowId: string): Promise<Map<string, number>> {
	const counts = new Map<string, number>();
	for (const { id } of await api.executions({ workflowId })) {
		const execution = await api.execution(id);
		for (const { json } of execution.outputs(DONE).flat()) {
			const eventId = json.id as string;
			counts.set(eventId, (counts.get(eventId) ?? 0) + 1);
		}
	}
	return counts;
}

/** Lets an n8n kill itself at a point of the journey of an entry, once, when it is armed. */
export class KillSwitchWorkflow {
	private readonly folder = mkdtempSync(join(tmpdir(), 'kill-switch-'));
	private readonly armed = join(this.folder, 'armed');
	readonly environment: Record<string, string>;

	constructor() {
		const script = join(this.folder, 'kill.cjs');
		writeFileSync(
			script,
			`const { readFileSync, rmSync } = require('node:fs');
const armed = ${JSON.stringify(this.armed)};
require('node:diagnostics_channel').subscribe('n8n-nodes-stripe-idempotent', ({ point }) => {
	let at = '';
	try { at = readFileSync(armed, 'utf8'); } catch { return; }
	if (at !== point) return;
	rmSync(armed);
	process.kill(process.pid, 'SIGKILL');
});
`,
		);
		this.environment = { NODE_OPTIONS: `--require ${script}` };
	}

	arm(point: string): void {
		writeFileSync(this.armed, point);
	}

	get hasFired(): boolean {
		return !existsSync(this.armed);
	}

	remove(): void {
		rmSync(this.folder, { recursive: true, force: true });
	}
}
