import { until } from '../../servers/until';
import { RealN8n } from '../harness/realN8n';
import { chargeByWebhook } from '../harness/webhookWorkflows';
import { OtlpCollector } from './otlpCollector';

/** As the package names its tracer and its meter. */
const SCOPE = 'n8n-nodes-stripe-idempotent';

const withPrefix = (attributes: object) =>
	Object.fromEntries(
		Object.entries(attributes).map(([name, value]) => [`stripe_idempotent.${name}`, value as unknown]),
	);

describe('an n8n with a collector', () => {
	let collector: OtlpCollector;
	let n8n: RealN8n;
	jest.setTimeout(180_000);
	beforeAll(async () => {
		collector = await OtlpCollector.start();
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

	const ours = (name: string) =>
		collector.spans.filter((span) => span.scope === SCOPE && span.name === `stripe_idempotent.${name}`);
	const pointsOf = (name: string) => collector.metrics.get(`stripe_idempotent.${name}`)?.points ?? [];
	const sum = (name: string, attributes: object) =>
		pointsOf(name)
			.filter((point) =>
				Object.entries(withPrefix(attributes)).every(([of, is]) => point.attributes[of] === is),
			)
			.reduce((total, { value }) => total + value, 0);

	it('exports each order and request as spans and counters, without payment details', async () => {
		const { id } = await n8n.api.importWorkflow(chargeByWebhook('traced'));
		await n8n.api.publish(id);
		const order = {
			order_number: 'SO-1',
			amount: 4207113,
			currency: 'eur',
			payment_method: 'pm_card_visa',
		};
		for (const one of [
			order,
			order,
			{ ...order, order_number: 'SO-2', payment_method: 'pm_card_chargeDeclined' },
		])
			await n8n.api.callWebhook('traced', one);

		await until('the spans', async () => ours('item').length === 3);
		const operation = 'paymentIntent.create';
		const succeeded = { operation, outcome: 'succeeded', output: 'success', attempt: 1, sends: 1 };
		expect(ours('item').map(({ attributes }) => attributes)).toMatchObject([
			withPrefix({ ...succeeded, replayed: false }),
			withPrefix({ ...succeeded, replayed: true }),
			withPrefix({
				operation,
				outcome: 'rejected',
				output: 'fix',
				replayed: false,
				attempt: 1,
				sends: 1,
			}),
		]);
		const [first, , declined] = ours('item');
		expect(ours('send')).toMatchObject(
			[
				{
					of: first,
					isError: false,
					attributes: withPrefix({ method: 'POST', response: 'object', status_code: 200 }),
				},
				{ of: declined, isError: true, attributes: withPrefix({ method: 'POST', status_code: 402 }) },
			].map(({ of, ...told }) => ({ ...told, traceId: of!.traceId, parentSpanId: of!.spanId })),
		);
		await until('the counters', async () => sum('ledger.duration', { call: 'settle' }) === 2);
		expect({
			new: sum('items', { operation, outcome: 'succeeded', output: 'success', replayed: false }),
			replayed: sum('items', { operation, outcome: 'succeeded', output: 'success', replayed: true }),
			declined: sum('items', { operation, outcome: 'rejected', output: 'fix' }),
			sends: sum('sends', { method: 'POST' }),
			claims: sum('ledger.duration', { call: 'claim' }),
		}).toEqual({ new: 1, replayed: 1, declined: 1, sends: 2, claims: 3 });
		const units = [...collector.metrics.values()].filter(({ scope }) => scope === SCOPE);
		expect(Object.fromEntries(units.map(({ name, unit }) => [name, unit]))).toEqual(
			withPrefix({ items: '{item}', sends: '{request}', 'ledger.duration': 's' }),
		);
		// n8n's own spans name workflows; nothing names what is in the orders.
		expect(collector.spans.some(({ scope }) => scope === 'n8n-workflow')).toBe(true);
		expect(collector.text).not.toMatch(/SO-[12]|4207113|pm_card|sk_test|n8n_v1_|(?:pi|ch|cus)_\w{8}/);
	});
});
