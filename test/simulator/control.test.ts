import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { TYPESCRIPT } from '../typescript';
import { PAYMENT, send } from './client';
import { StripeSimulator, type SimulatorPoint } from './simulator';

let simulator: StripeSimulator;
beforeEach(async () => {
	simulator = await StripeSimulator.start();
});
afterEach(() => simulator.stop());

async function steer(method: string, path: string, body?: unknown): Promise<unknown> {
	const answer = await fetch(`${simulator.url}${path}`, {
		method,
		body: body === undefined ? undefined : JSON.stringify(body),
	});
	if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
	return answer.json();
}

const pay = (key: string) => send(simulator, '/v1/payment_intents', PAYMENT, { key });

describe('control over HTTP', () => {
	it('describes itself', async () => {
		const help = await fetch(simulator.url);
		expect(await help.text()).toContain('/_simulator/faults');
	});

	it('queues faults with a pattern and without end, and clears them', async () => {
		await steer('POST', '/_simulator/faults', {
			kind: 'error503',
			times: 'Infinity',
			match: { path: '/payment_intents$/' },
		});
		expect([(await pay('a')).status, (await pay('a')).status]).toEqual([503, 503]);
		await steer('DELETE', '/_simulator/faults');
		expect((await pay('a')).status).toBe(200);
	});

	it('reports money and requests, but no secret key, and records no control requests', async () => {
		await pay('a');
		expect(await steer('GET', '/_simulator/report')).toEqual(simulator.report());
		expect(await steer('GET', '/_simulator/report?mode=live')).toMatchObject({ charges: [] });
		const requests = JSON.stringify(await steer('GET', '/_simulator/requests'));
		expect(JSON.parse(requests)).toMatchObject([
			{ method: 'POST', path: '/v1/payment_intents', key: 'a' },
		]);
		expect(requests).not.toContain('sk_test');
		expect(simulator.requests).toHaveLength(1);
	});

	it('moves the clock, withdraws money, and resets', async () => {
		await pay('a');
		await steer('POST', '/_simulator/clock', { advanceMs: 24 * 3_600_000 });
		expect((await pay('a')).headers.get('idempotent-replayed')).toBeNull();
		await steer('POST', '/_simulator/declines', { id: 'pm_card_visa', decline: true });
		expect((await pay('b')).status).toBe(402);
		await steer('POST', '/_simulator/reset');
		expect(simulator.report()).toEqual({ charges: [], refunds: [], moved: {} });
		expect((await pay('b')).status).toBe(200);
	});

	it('pays out automatically what has been received', async () => {
		await pay('a');
		await steer('POST', '/_simulator/payout');
		expect(simulator.happened().map(({ type }) => type)).toContain('payout.reconciliation_completed');
	});

	it('refuses what it does not understand', async () => {
		await expect(steer('POST', '/_simulator/faults', { kind: 'gremlin' })).rejects.toThrow('400');
		await expect(steer('POST', '/_simulator/clock', { advanceMs: -1 })).rejects.toThrow('400');
		await expect(steer('GET', '/_simulator/nothing')).rejects.toThrow('404');
	});
});

describe('trace points', () => {
	it('occur in order; a replay does not execute, and unsubscribed listeners are not called', async () => {
		const seen: Array<SimulatorPoint['name']> = [];
		const leave = simulator.onPoint(({ name }) => void seen.push(name));
		const { headers } = await pay('a');
		expect(headers.get('idempotent-replayed')).toBeNull();
		await pay('a');
		leave();
		await pay('b');
		const order = seen.filter((name) => name !== 'answered');
		expect(order).toEqual(['received', 'executing', 'executed', 'answering', 'received', 'answering']);
	});
});

describe('a listener that throws', () => {
	it('changes nothing in Stripe, and is reported at the end', async () => {
		simulator.onPoint(({ name }) => {
			if (name === 'executed') throw new Error('not as expected');
		});
		await pay('a');
		expect((await pay('a')).headers.get('idempotent-replayed')).toBe('true');
		await expect(simulator.stop()).rejects.toThrow('not as expected');
	});
});

describe('a slow Stripe', () => {
	it('delays every request', async () => {
		const slow = await StripeSimulator.start({ requestLatencyMs: 50 });
		try {
			const start = performance.now();
			await send(slow, '/v1/account', {}, { method: 'GET' });
			expect(performance.now() - start).toBeGreaterThanOrEqual(45);
		} finally {
			await slow.stop();
		}
	});
});

describe('started manually', () => {
	it('prints its address first, serves, and ends when asked to', async () => {
		const child = spawn(process.execPath, [...TYPESCRIPT, join(__dirname, 'main.ts'), '--port', '0']);
		const ended = once(child, 'exit');
		const [printed] = (await once(child.stdout, 'data')) as [Buffer];
		const url = printed.toString().split('\n')[0] ?? '';
		expect(await (await fetch(`${url}/_simulator/report`)).json()).toEqual({
			charges: [],
			refunds: [],
			moved: {},
		});
		child.kill('SIGTERM');
		expect(await ended).toEqual([0, null]);
	});
});
