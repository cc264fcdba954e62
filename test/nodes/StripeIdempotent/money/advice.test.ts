import type { INodeProperties } from 'n8n-workflow';

import { STRIPE_RESOURCES } from '../../../../nodes/StripeIdempotent/operations';
import { labelOfParameter } from '../../../../payments/parameterLabels';
import { getNextStepAfterRejection } from '../../../../nodes/shared/run/rejectionMessages';
import { stripeAt } from '../../../simulator/client';
import type { RunSetup } from '../../fixtures/nodeFixture';
import { NodeFixture, ANY_ORDER } from '../../fixtures/nodeFixture';

/** What the node calls otherwise than Stripe does. */
const WIRE_NAMES: ReadonlyMap<string, string> = new Map([
	['paymentMethodTypes', 'allowed_payment_method_types'],
	['meterEventName', 'event_name'],
]);

/** What is not sent, or as a part of another parameter, or whose label says of which object it is. */
const SENT_OTHERWISE = [
	'amountUnit',
	'refundOf',
	'otherParameters',
	'method',
	'path',
	'body',
	'yesDelete',
	'changeWhen',
	'acceptedTypes',
	'chargeAtMost',
	'appliesToProducts',
	'confirmSetup',
	'copyMetadata',
	'invoicePaymentMethod',
	'id',
	'payload',
	'price',
	'subscriptionItem',
	'tax',
	'unusedTimeFrom',
	'whatStops',
	'billingCycleAnchorType',
	'topUp',
];

/** The parameters that reach Stripe under their own names, with their labels. */
function labelled({ name, displayName, options }: INodeProperties): [name: string, label: string][] {
	if (name === 'additionalFields') return ((options ?? []) as INodeProperties[]).flatMap(labelled);
	const isForNodeOnly = SENT_OTHERWISE.includes(name);
	if (isForNodeOnly) return [];
	if (displayName === 'Minimum Amount') return [['restrictions.minimum_amount', displayName]];
	const wireName = WIRE_NAMES.get(name) ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
	return [[wireName, displayName]];
}

let fixture: NodeFixture;
beforeEach(async () => {
	fixture = await NodeFixture.start();
});
afterEach(() => fixture.stop());

const LOST = 'pm_card_chargeDeclinedLostCard';
const paidWith = (paymentMethod: string, more: RunSetup = {}): RunSetup => ({
	parameters: { paymentMethod },
	...more,
});
const AUTOMATION: RunSetup = { options: { afterRejection: 'newAttempt' }, run: { mode: 'webhook' } };

describe('an error item', () => {
	it('names the declined payment and the advice of its bank, and never its client secret', async () => {
		const { fix } = await fixture.run([ANY_ORDER], paidWith(LOST));
		expect(fix[0]?.json.error).toMatchObject({
			objectId: expect.stringMatching(/^pi_/) as string,
			adviceCode: 'do_not_try_again',
			nextStep: expect.stringContaining('Do not try this payment method again') as string,
		});
		expect(JSON.stringify([fix, await fixture.entries()])).not.toMatch(/_secret_/);
	});

	it('is the same when it comes from the ledger', async () => {
		const fresh = await fixture.run([ANY_ORDER], paidWith(LOST));
		const stored = await fixture.run([ANY_ORDER], paidWith(LOST, { run: { mode: 'webhook' } }));
		expect(stored.fix[0]?.json.idempotency).toMatchObject({ source: 'ledger', replayed: true });
		expect(stored.fix[0]?.json.error).toEqual(fresh.fix[0]?.json.error);
	});

	it('names the payment that the customer has to confirm', async () => {
		const how = paidWith('pm_card_authenticationRequired', {});
		how.parameters = { ...how.parameters, additionalFields: { offSession: true } };
		const { fix } = await fixture.run([ANY_ORDER], how);
		const { objectId, nextStep } = fix[0]?.json.error ?? {};
		expect(objectId).toMatch(/^pi_/);
		expect(nextStep).toContain(objectId);
		expect(nextStep).toContain('Do not make a new payment');
	});

	it('names the state of a payment that cannot be confirmed', async () => {
		const { success } = await fixture.run([ANY_ORDER]);
		const { id } = success[0]!.json;
		const paymentIntent = { __rl: true, mode: 'id', value: id };
		const confirm = { parameters: { operation: 'confirm', paymentIntent } };
		const { fix } = await fixture.run([{ ...ANY_ORDER, order: '1002' }], confirm);
		expect(fix[0]?.json.error).toMatchObject({
			code: 'payment_intent_unexpected_state',
			objectId: id,
			nextStep: `${id as string} is already paid (succeeded). Do not charge it again.`,
		});
	});
});

describe('a decline whose bank advises not to try again', () => {
	beforeEach(() => fixture.run([ANY_ORDER], paidWith(LOST)));

	it('no automation starts a new attempt, whatever After Rejection is', async () => {
		const { fix } = await fixture.run([ANY_ORDER], paidWith(LOST, AUTOMATION));
		expect(fix[0]?.json.idempotency).toMatchObject({ attempt: 1, source: 'ledger' });
		expect(fixture.stripe.sends()).toHaveLength(1);
	});

	it('no automation starts a new attempt with a different amount', async () => {
		const other = { ...ANY_ORDER, amount: 2999 };
		const { fix } = await fixture.run([other], paidWith(LOST, AUTOMATION));
		expect(fix[0]?.json.error).toMatchObject({ adviceCode: 'do_not_try_again' });
		expect(fixture.stripe.sends()).toHaveLength(1);
	});

	it('an automation can pay with a different card', async () => {
		const { success } = await fixture.run([ANY_ORDER], paidWith('pm_card_visa', AUTOMATION));
		expect(success[0]?.json.idempotency).toMatchObject({ attempt: 2 });
		expect(fixture.charges()).toBe(1);
	});

	it('a person can try again', async () => {
		await fixture.run([ANY_ORDER], paidWith(LOST, { run: { mode: 'manual' } }));
		expect(fixture.stripe.sends()).toHaveLength(2);
	});

	it('an automation tries again if the bank has not advised against it', async () => {
		const poor = 'pm_card_chargeDeclinedInsufficientFunds';
		const order = { ...ANY_ORDER, order: '1003' };
		await fixture.run([order], paidWith(poor));
		await fixture.run([order], paidWith(poor, AUTOMATION));
		expect(fixture.stripe.sends()).toHaveLength(3);
	});
});

describe('the next step', () => {
	it.each([
		[
			{ statusCode: 402, adviceCode: 'do_not_try_again' },
			/^Do not try this payment method again.*costs a fee/,
		],
		[{ statusCode: 402, adviceCode: 'try_again_later' }, /may accept it later/],
		[{ statusCode: 402, adviceCode: 'confirm_card_data' }, /check the card number/],
		[{ statusCode: 402, code: 'incorrect_cvc' }, /check the card number/],
		[
			{ statusCode: 402, code: 'expired_card', adviceCode: 'confirm_card_data' },
			/^Ask the customer for a different payment method/,
		],
		[
			{ statusCode: 402, declineCode: 'insufficient_funds', adviceCode: 'try_again_later' },
			/^To try the same payment method again, e.g. in a few days/,
		],
		[
			{ statusCode: 402, declineCode: 'authentication_required', objectId: 'pi_1' },
			/return to this payment \(pi_1\)/,
		],
		[{ statusCode: 402 }, /^Ask the customer for a different payment method\. To try the same one/],
		[
			{ statusCode: 400, code: 'charge_already_refunded', objectId: 'ch_1' },
			/already refunded elsewhere \(ch_1\).*not refund it again/,
		],
		[
			{ statusCode: 400, code: 'charge_disputed' },
			/disputed this payment.*Do not pay it back any other way/,
		],
		[
			{ statusCode: 400, code: 'charge_already_captured', objectId: 'ch_1' },
			/already captured elsewhere \(ch_1\)/,
		],
		[{ statusCode: 400, param: 'amount' }, /^Correct Amount and run it again/],
		[{ statusCode: 400, param: 'items[0][price]' }, /^Correct Items › Row 1 › Price and/],
		[{ statusCode: 404, param: 'id' }, /^Correct the ID and/],
	])('after %j is specific', (facts, message) => {
		expect(getNextStepAfterRejection(facts)).toMatch(message);
	});

	it.each([
		'succeeded',
		'requires_capture',
		'canceled',
		'processing',
		'requires_action',
		'requires_payment_method',
		'requires_confirmation',
		'something_new',
	])('after an unexpected state names it: %s', (objectStatus) => {
		const facts = { code: 'payment_intent_unexpected_state', objectId: 'pi_1', objectStatus };
		expect(getNextStepAfterRejection(facts)).toContain('pi_1');
		expect(getNextStepAfterRejection(facts)).toContain(objectStatus);
	});
});

describe('a conflict', () => {
	it.each([
		['amount', 'Amount'],
		['payment_method', 'Payment Method'],
		['return_url', 'Return URL'],
		['metadata.order_id', 'Metadata › order_id'],
		['amount_to_capture', 'Amount'],
		['card.exp_month', 'Card › Exp Month'],
		['email_type', 'Send Email'],
		['paid_out_of_band', 'Paid Outside Stripe'],
		['pending_invoice_items_behavior', 'Pending Items'],
	])('calls %s %s, as the editor does', (name, label) => {
		expect(labelOfParameter(name)).toBe(label);
	});

	it('calls every parameter of every operation as the editor does', () => {
		const labels = STRIPE_RESOURCES.flatMap(({ operations }) =>
			operations
				.filter(({ kind }) => kind === 'write')
				.flatMap(({ properties }) => properties.flatMap(labelled)),
		);
		expect(labels.length).toBeGreaterThan(50);
		expect(labels.filter(([name, label]) => labelOfParameter(name) !== label)).toEqual([]);
	});

	it('names each parameter by its label, with both values', async () => {
		const fields = (description: string) => ({
			parameters: { additionalFields: { description, returnUrl: 'https://example.com/a' } },
		});
		await fixture.run([ANY_ORDER], fields('the first'));
		const { fix } = await fixture.run([{ ...ANY_ORDER, amount: 5 }], fields('second'));
		expect(fix[0]?.json.error?.message).toContain(
			'Amount: 19.99 EUR → 0.05 EUR; Description: "the first" → second',
		);
	});

	it('names the amounts of a refund in the currency of the payment', async () => {
		const { success } = await fixture.run([ANY_ORDER]);
		const refund = (amount: string): RunSetup => ({
			parameters: {
				resource: 'refund',
				operation: 'create',
				refundOf: 'paymentIntent',
				amount,
				amountUnit: 'minor',
				paymentIntent: { __rl: true, mode: 'id', value: success[0]!.json.id },
			},
		});
		await fixture.run([ANY_ORDER], refund('500'));
		const { fix } = await fixture.run([ANY_ORDER], refund('600'));
		expect(fix[0]?.json.error?.message).toContain('Amount: 5.00 EUR → 6.00 EUR');
		expect((await stripeAt(fixture.stripe, 'sk_test_operations').refunds.list()).data).toHaveLength(1);
	});
});
