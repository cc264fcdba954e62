import type { Params } from '../../../ledger/model/request';
import type { HarmlessKind } from '../../../ledger/model/entry';
import { isFullRefundOfUnrefunded } from '../../../stripe/reconcile/createdObject';
import { FakeClock } from '../../ledger/fakeClock';
import { connectTo } from '../api/sending';
import { WireServer } from '../api/wireServer';

const WHOLE = {
	id: 'ch_1',
	object: 'charge',
	amount: 500,
	amount_captured: 500,
	amount_refunded: 0,
	captured: true,
};

let shown: unknown;
let stripe: WireServer;
beforeAll(async () => {
	stripe = await WireServer.start((response) => {
		response.setHeader('content-type', 'application/json').setHeader('request-id', 'req_1');
		response.end(JSON.stringify(shown));
	});
});
afterAll(() => stripe.stop());

async function isWhole(object: unknown, params: Params, harmless?: HarmlessKind): Promise<boolean> {
	shown = object;
	const context = { connection: connectTo(stripe.url), timeoutMs: 10_000, time: new FakeClock() };
	const request = { method: 'POST' as const, path: '/v1/refunds', params };
	return await isFullRefundOfUnrefunded(context, { harmless, request } as never);
}

const INTENT = { id: 'pi_1', object: 'payment_intent' };
const OF_CHARGE = { charge: 'ch_1', amount: '500' };
const OF_INTENT = { payment_intent: 'pi_1', amount: '500' };

describe('a refund is a full refund of a payment', () => {
	it.each<[string, unknown, Params, boolean]>([
		['without earlier refunds', WHOLE, OF_CHARGE, true],
		['but not if it was partly refunded', { ...WHOLE, amount_refunded: 1 }, OF_CHARGE, false],
		['but not if that is not shown', { ...WHOLE, amount_refunded: undefined }, OF_CHARGE, false],
		['but not if it was not captured', { ...WHOLE, captured: false }, OF_CHARGE, false],
		['but not if it was partly captured', { ...WHOLE, amount_captured: 400 }, OF_CHARGE, false],
		['but not with a part of it', WHOLE, { ...OF_CHARGE, amount: '499' }, false],
		['of an intent, by its latest charge', { ...INTENT, latest_charge: WHOLE }, OF_INTENT, true],
		['but not of an intent without one', { ...INTENT, latest_charge: null }, OF_INTENT, false],
		['but not of an intent that names one only', { ...INTENT, latest_charge: 'ch_1' }, OF_INTENT, false],
		['but not of nothing', { ...INTENT, latest_charge: WHOLE }, { amount: '500' }, false],
	])('%s', async (_what, object, params, expected) => {
		expect(await isWhole(object, params, 'wholeRefund')).toBe(expected);
	});

	it('only if the table of operations says that it may be one: otherwise nothing is requested', async () => {
		const before = stripe.arrived.length;
		expect(await isWhole(WHOLE, OF_CHARGE)).toBe(false);
		expect(await isWhole(WHOLE, OF_CHARGE, 'twice')).toBe(false);
		expect(stripe.arrived).toHaveLength(before);
	});
});
