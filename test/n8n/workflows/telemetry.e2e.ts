import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { until } from '../../servers/until';
import { chargeByWebhook } from '../harness/webhookWorkflows';
import { RealN8n } from '../harness/realN8n';

/** Takes what OpenTelemetry's exporters send, and keeps it as it comes: names stand in it as plain text. */
class Collector {
	private readonly received: { path: string; body: string }[] = [];

	static async start(): Promise<Collector> {
		const collector = new Collector();
		await new Promise<void>((listening) => collector.server.listen(0, '127.0.0.1', listening));
		return collector;
	}

	private readonly server: Server = createServer((request, response) => {
		const parts: Buffer[] = [];
		request.on('data', (part: Buffer) => parts.push(part));
		request.on('end', () => {
			this.received.push({ path: request.url ?? '', body: Buffer.concat(parts).toString('latin1') });
			response.end();
		});
	});

	get url(): string {
		return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
	}

	at(path: string): string {
		return this.received.flatMap((one) => (one.path === path ? one.body : [])).join('\n');
	}

	stop(): void {
		this.server.closeAllConnections();
		this.server.close();
	}
}

describe('an n8n with a collector', () => {
	let collector: Collector;
	let n8n: RealN8n;
	jest.setTimeout(180_000);
	beforeAll(async () => {
		collector = await Collector.start();
		n8n = await RealN8n.start({
			environment: {
				N8N_OTEL_ENABLED: 'true',
				N8N_OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
				OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
				OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
				OTEL_METRIC_EXPORT_INTERVAL: '500',
				OTEL_METRIC_EXPORT_TIMEOUT: '400',
			},
		});
	}, 180_000);
	afterAll(async () => {
		await n8n.stop();
		collector.stop();
	});

	it('tells it of an order: its spans beside those of n8n, and the counters', async () => {
		const { id } = await n8n.api.importWorkflow(chargeByWebhook('traced'));
		await n8n.api.publish(id);
		const order = { order_number: 'SO-1', amount: 4200, currency: 'eur', payment_method: 'pm_card_visa' };
		const { status } = await n8n.api.callWebhook('traced', order);
		expect(status).toBe(200);

		await until('the spans', async () => collector.at('/v1/traces').includes('stripe_idempotent.send'));
		const traces = collector.at('/v1/traces');
		expect(traces).toContain('stripe_idempotent.item');
		expect(traces).toContain('paymentIntent.create');
		await until('the counters', async () =>
			collector.at('/v1/metrics').includes('stripe_idempotent.items'),
		);
		const metrics = collector.at('/v1/metrics');
		for (const name of ['stripe_idempotent.sends', 'stripe_idempotent.ledger.duration'])
			expect(metrics).toContain(name);
		// n8n's own spans name workflows; ours name nothing of the order.
		for (const secret of ['SO-1', '4200', 'pm_card_visa', 'sk_test'])
			expect(`${traces}${metrics}`).not.toContain(secret);
	});
});
