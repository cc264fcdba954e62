import { systemTime } from '../../../../ledger/clock';
import { onSkewedHost } from '../../../ledger/fakeClock';
import { buildEvent, signBody, TriggerFixture } from '../../fixtures/triggerFixture';

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;

let fixture: TriggerFixture;
afterEach(() => fixture.close());

const onHostOff = async (offMs: number) =>
	(fixture = await TriggerFixture.open(onSkewedHost(systemTime, offMs), systemTime));

/** Signed by Stripe `ageMs` ago, and delivered now. */
function deliver(ageMs = 0) {
	const body = JSON.stringify(buildEvent());
	return fixture.deliverRaw(body, { 'stripe-signature': signBody(body, undefined, ageMs) });
}
const questions = () => fixture.simulator.requests.length;

describe('how old a signature is', () => {
	it.each([YEAR_MS, HOUR_MS, -HOUR_MS, -YEAR_MS])(
		"is measured by Stripe's clock: a fresh delivery starts the workflow if the host's is off by %d ms",
		async (offMs) => {
			await onHostOff(offMs);
			expect(await deliver()).toMatchObject({ status: 200, items: [expect.anything()] });
		},
	);

	it("is measured by Stripe's clock: a delivery from an hour ago is refused if the host's is an hour behind", async () => {
		await onHostOff(-HOUR_MS);
		const { status, message, items } = await deliver(HOUR_MS);
		expect([status, items]).toEqual([400, undefined]);
		expect(message).toMatch(/more than 5 minutes ago/);
	});

	it("is unknown while Stripe's time cannot be read: 503, and nothing starts; later it does", async () => {
		await onHostOff(0);
		fixture.simulator.inject({ kind: 'resetBefore', times: 2, match: { method: 'GET' } });
		const { status, message, items } = await deliver();
		expect([status, items]).toEqual([503, undefined]);
		expect(message).toMatch(/the age of the signature is unknown/);
		expect(await deliver()).toMatchObject({ status: 200, items: [expect.anything()] });
	});

	it('is read from Stripe once per process, even if a hundred deliveries arrive at once', async () => {
		await onHostOff(0);
		const deliveries = await Promise.all(Array.from({ length: 100 }, () => deliver(HOUR_MS)));
		expect(new Set(deliveries.map(({ status }) => status))).toEqual(new Set([400]));
		expect(questions()).toBe(1);
	});

	it('is not requested for a sender without the secret', async () => {
		await onHostOff(0);
		const body = JSON.stringify(buildEvent());
		const forged = { 'stripe-signature': signBody(body, 'whsec_other') };
		expect((await fixture.deliverRaw(body, forged)).status).toBe(400);
		expect(questions()).toBe(0);
	});
});
