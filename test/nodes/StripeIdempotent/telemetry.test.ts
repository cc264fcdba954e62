import type { Attributes } from '@opentelemetry/api';
import { metrics, trace } from '@opentelemetry/api';

import { CHARGE, EMPTY_CARD, OrdersFixture } from '../fixtures/ordersFixture';

/** What a collector would be told. */
class Collector {
	readonly spans: { name: string; attributes: Attributes; isError: boolean; isEnded: boolean }[] = [];
	readonly counts: { name: string; attributes?: Attributes }[] = [];

	start(): void {
		trace.setGlobalTracerProvider({
			getTracer: () => ({ startActiveSpan: this.startActiveSpan.bind(this) }) as never,
		});
		const count = (name: string) => (_value: number, attributes?: Attributes) =>
			void this.counts.push({ name, attributes });
		metrics.setGlobalMeterProvider({
			getMeter: () =>
				({
					createCounter: (name: string) => ({ add: count(name) }),
					createHistogram: (name: string) => ({ record: count(name) }),
				}) as never,
		});
	}

	stop(): void {
		trace.disable();
		metrics.disable();
	}

	private startActiveSpan(
		name: string,
		{ attributes }: { attributes: Attributes },
		run: (span: object) => unknown,
	): unknown {
		const span = { name, attributes: { ...attributes }, isError: false, isEnded: false };
		this.spans.push(span);
		return run({
			setAttributes: (more: Attributes) => Object.assign(span.attributes, more),
			setStatus: () => (span.isError = true),
			end: () => (span.isEnded = true),
		});
	}
}

describe('telemetry', () => {
	let fixture: OrdersFixture;
	const collector = new Collector();
	beforeAll(async () => {
		fixture = await OrdersFixture.open();
		// Loaded and used before there is a collector, as in n8n.
		await fixture.run(CHARGE, [{ order: 'before' }]);
		collector.start();
		await fixture.run(CHARGE, [{ order: '1' }, { order: '2', card: EMPTY_CARD }, { order: 'before' }]);
	});
	afterAll(async () => {
		collector.stop();
		await fixture.close();
	});

	it('tells each item that leaves, with its outcome', () => {
		const items = collector.spans.filter(({ name }) => name === 'stripe_idempotent.item');
		expect(items).toMatchObject(
			[
				{ outcome: 'succeeded', output: 'success', replayed: false, sends: 1 },
				{ outcome: 'rejected', output: 'clientError', replayed: false, sends: 1 },
				{ outcome: 'succeeded', output: 'success', replayed: true },
			].map((told) => ({
				attributes: Object.fromEntries(
					Object.entries({ operation: 'paymentIntent.create', ...told }).map(([name, value]) => [
						`stripe_idempotent.${name}`,
						value,
					]),
				),
				isError: false,
			})),
		);
	});

	it('tells each request to Stripe, and none for a replay', () => {
		const sends = collector.spans.filter(({ name }) => name === 'stripe_idempotent.send');
		expect(sends.map(({ attributes }) => attributes['stripe_idempotent.status_code'])).toEqual([
			200, 402,
		]);
	});

	it('counts items, sends and the calls of the ledger', () => {
		const counted = Map.groupBy(collector.counts, ({ name }) => name);
		expect(Object.fromEntries([...counted].map(([name, { length }]) => [name, length]))).toEqual({
			'stripe_idempotent.items': 3,
			'stripe_idempotent.sends': 2,
			// Three claims, and a settle of each that was granted.
			'stripe_idempotent.ledger.duration': 5,
		});
	});

	it('ends every span, and says nothing of keys, amounts and customers', () => {
		expect(collector.spans.filter(({ isEnded }) => !isEnded)).toEqual([]);
		const names = new Set(
			[...collector.spans, ...collector.counts].flatMap(({ attributes = {} }) =>
				Object.keys(attributes),
			),
		);
		expect([...names].map((name) => name.replace('stripe_idempotent.', '')).sort()).toEqual([
			'attempt',
			'call',
			'entry_id',
			'method',
			'operation',
			'outcome',
			'output',
			'replayed',
			'response',
			'sends',
			'status_code',
		]);
	});
});
