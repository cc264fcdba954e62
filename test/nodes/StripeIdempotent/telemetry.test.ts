import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Attributes, MetricOptions } from '@opentelemetry/api';
import { metrics, trace } from '@opentelemetry/api';

import { Claims } from '../../../ledger/claims';
import { CHARGE, EMPTY_CARD, OrdersFixture } from '../fixtures/ordersFixture';

const toPrometheus = (name: string) => name.replaceAll('.', '_');

/** What a collector would be told. */
class Collector {
	readonly spans: { name: string; attributes: Attributes; isError: boolean; isEnded: boolean }[] = [];
	readonly counts: { name: string; attributes?: Attributes }[] = [];
	/** As Prometheus names them. */
	readonly series: string[] = [];
	readonly histograms: (MetricOptions & { name: string })[] = [];

	start(): void {
		trace.setGlobalTracerProvider({
			getTracer: () => ({ startActiveSpan: this.startActiveSpan.bind(this) }) as never,
		});
		const count = (name: string) => (_value: number, attributes?: Attributes) =>
			void this.counts.push({ name, attributes });
		metrics.setGlobalMeterProvider({
			getMeter: () =>
				({
					createCounter: (name: string) => {
						this.series.push(`${toPrometheus(name)}_total`);
						return { add: count(name) };
					},
					createHistogram: (name: string, options: MetricOptions) => {
						this.series.push(`${toPrometheus(name)}_seconds_bucket`);
						this.histograms.push({ ...options, name });
						return { record: count(name) };
					},
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
	/** What it was told of the first three items. */
	const ofThreeItems: Pick<Collector, 'spans' | 'counts'> = { spans: [], counts: [] };
	/** How often a claim had waited: after two runs of one order at once, and after many items. */
	const waits: { turn: number; otherRun: number }[] = [];

	function countWaits() {
		const count = (reason: string) =>
			collector.counts.filter(
				({ name, attributes }) =>
					name === 'stripe_idempotent.wait.duration' &&
					attributes?.['stripe_idempotent.reason'] === reason,
			).length;
		return { turn: count('turn'), otherRun: count('other_run') };
	}

	/** The second run begins while the first one sends, and the first one goes on when the second one waits. */
	async function runTwice(order: string): Promise<void> {
		const isWaiting = Promise.withResolvers<undefined>();
		const { claim } = Claims.prototype;
		const spy = jest.spyOn(Claims.prototype, 'claim').mockImplementation(function (
			this: Claims,
			...args
		) {
			const [request, waitMs, signal, admission] = args;
			const pause = async (sleep: () => Promise<void>) => {
				isWaiting.resolve(undefined);
				await admission!.pause(sleep);
			};
			return claim.call(this, request, waitMs, signal, { ...admission!, pause });
		});
		let second: Promise<unknown> | undefined;
		const stop = fixture.simulator.onPoint(async ({ name, request }) => {
			if (name !== 'executing' || request.method !== 'POST' || second) return;
			second = fixture.run(CHARGE, [{ order }]);
			await isWaiting.promise;
		});
		await fixture.run(CHARGE, [{ order }]);
		await second;
		stop();
		spy.mockRestore();
	}

	beforeAll(async () => {
		fixture = await OrdersFixture.open();
		// Loaded and used before there is a collector, as in n8n.
		await fixture.run(CHARGE, [{ order: 'before' }]);
		collector.start();
		await fixture.run(CHARGE, [{ order: '1' }, { order: '2', card: EMPTY_CARD }, { order: 'before' }]);
		Object.assign(ofThreeItems, { spans: [...collector.spans], counts: [...collector.counts] });
		await runTwice('at once');
		waits.push(countWaits());
		await fixture.run(
			CHARGE,
			Array.from({ length: 100 }, (_, n) => ({ order: `many ${n}` })),
		);
		waits.push(countWaits());
	});
	afterAll(async () => {
		collector.stop();
		await fixture.close();
	});

	it('reports each item that leaves, with its outcome', () => {
		const items = ofThreeItems.spans.filter(({ name }) => name === 'stripe_idempotent.item');
		expect(items).toMatchObject(
			[
				{ outcome: 'succeeded', output: 'success', replayed: false, sends: 1 },
				{ outcome: 'rejected', output: 'fix', replayed: false, sends: 1 },
				{ outcome: 'succeeded', output: 'success', replayed: true },
			].map((exported) => ({
				attributes: Object.fromEntries(
					Object.entries({ operation: 'paymentIntent.create', ...exported }).map(
						([name, value]) => [`stripe_idempotent.${name}`, value],
					),
				),
				isError: false,
			})),
		);
	});

	it('reports each request to Stripe, and none for a replay', () => {
		const sends = ofThreeItems.spans.filter(({ name }) => name === 'stripe_idempotent.send');
		expect(sends.map(({ attributes }) => attributes['stripe_idempotent.status_code'])).toEqual([
			200, 402,
		]);
	});

	it('counts items, sends and the calls of the ledger', () => {
		const counted = Map.groupBy(ofThreeItems.counts, ({ name }) => name);
		expect(Object.fromEntries([...counted].map(([name, { length }]) => [name, length]))).toEqual({
			'stripe_idempotent.items': 3,
			'stripe_idempotent.sends': 2,
			// Three claims, and a settle of each that was granted.
			'stripe_idempotent.ledger.duration': 5,
		});
	});

	it('distinguishes the reasons why a claim waits: its turn, or another run that holds the entry', () => {
		expect(waits).toEqual([
			{ turn: 0, otherRun: 1 },
			{ turn: expect.any(Number) as number, otherRun: 1 },
		]);
		expect(waits[1]!.turn).toBeGreaterThan(0);
	});

	it('ends every span, and contains no keys, amounts or customers', () => {
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
			'reason',
			'replayed',
			'response',
			'sends',
			'status_code',
		]);
	});

	it('the dashboard shows every metric, and uses no other metric or attribute', () => {
		const file = join(__dirname, '../../../examples/grafana/dashboard.json');
		const queried = [...readFileSync(file, 'utf8').matchAll(/"expr": "((?:[^"\\]|\\.)*)"/g)].join('\n');
		const words = new Set(queried.match(/stripe_idempotent_\w+/g));
		const attributes = collector.counts.flatMap(({ attributes = {} }) => Object.keys(attributes));
		const exported = new Set([...collector.series, ...attributes.map(toPrometheus)]);
		expect([...words].filter((word) => !exported.has(word))).toEqual([]);
		expect(collector.series.filter((name) => !words.has(name))).toEqual([]);
	});

	it('durations are resolved from a thousandth of a second on', () => {
		expect(collector.histograms.map(({ name }) => name).sort()).toEqual([
			'stripe_idempotent.ledger.duration',
			'stripe_idempotent.wait.duration',
		]);
		for (const { unit, advice } of collector.histograms) {
			const { explicitBucketBoundaries: limits = [] } = advice ?? {};
			expect([unit, limits[0], limits.at(-1)]).toEqual(['s', 0.001, 60]);
		}
	});
});
