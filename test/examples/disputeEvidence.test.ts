import type { IDataObject } from 'n8n-workflow';

import { allItems, ExampleFixture, messagesOf, readExample } from './exampleFixture';

const NAME = 'dispute-evidence';
const example = ExampleFixture.use(NAME);

const SEND = { form: { Decision: 'Send', 'Your name': 'Ada' } };
const WRITES = ['Save the Draft', 'Check', 'Send Once'];

/** Pays for an order; the customer disputes it at once. */
async function dispute(order?: string): Promise<string> {
	const { id: paid } = await example.api.paymentIntents.create({
		amount: 24_900,
		currency: 'eur',
		payment_method: 'pm_card_createDispute',
		confirm: true,
		return_url: 'https://shop.example',
		metadata: order === undefined ? {} : { order_number: order },
	});
	const [newest] = (await example.api.disputes.list({ payment_intent: paid })).data;
	return newest!.id;
}

const deliver = (id: string, more: Parameters<typeof example.run>[0] = SEND) =>
	example.run({ trigger: 'A Payment Is Disputed', items: [{ data: { object: { id } } }], ...more });

const read = async (id: string) => {
	const { status, evidence, evidence_details: details } = await example.api.disputes.retrieve(id);
	return { status, evidence, submissions: details.submission_count };
};

it('sends the evidence of its sample once after a person has approved it, and asks only once', async () => {
	const first = await example.run(SEND);
	expect(messagesOf(first)).toEqual([]);
	const [sent] = allItems(first, 'Sent to the Bank') as { id: string }[];
	expect(await read(sent!.id)).toMatchObject({
		status: 'under_review',
		submissions: 1,
		evidence: {
			customer_name: 'Ada Bergmann',
			shipping_tracking_number: 'NF-48210',
			uncategorized_text: expect.stringContaining('signed for the parcel') as string,
		},
	});
	const [{ message, text }] = allItems(first, 'Send the Question') as [{ message: string; text: string }];
	expect(message).toMatch(
		/^249\.00 EUR of order A-1001 is disputed \(fraudulent\)\. [^]*only once, until \d{4}-\d\d-\d\d\.[^]*NF-48210[^]*\/disputes\/d[up]_/,
	);
	expect(text).not.toContain('http');

	const second = await example.run(SEND);
	expect(allItems(second, 'No Evidence Is Due')).toHaveLength(1);
	expect(allItems(second, 'Send the Question')).toEqual([]);
	expect((await read(sent!.id)).submissions).toBe(1);
});

it('keeps a draft, and sends nothing to the bank, if a person decides against it', async () => {
	const id = await dispute('A-1001');
	const result = await deliver(id, { form: { Decision: 'Do not send', 'Your name': 'Ada' } });
	expect(allItems(result, 'Not Sent')).toHaveLength(1);
	expect(messagesOf(result)).toEqual([]);
	expect(await read(id)).toMatchObject({
		status: 'needs_response',
		submissions: 0,
		evidence: { customer_name: 'Ada Bergmann' },
	});
});

it('sends a notification with the deadline if no one decides', async () => {
	const id = await dispute('A-1001');
	const result = await deliver(id, { form: {} });
	expect(messagesOf(result)).toEqual([
		expect.stringMatching(
			new RegExp(`^Nobody has decided about dispute ${id}\\. .* \\d{4}-\\d\\d-\\d\\d`),
		),
	]);
	expect((await read(id)).submissions).toBe(0);
});

it.each([['A-9999'], [undefined]])('leaves a dispute about order %s to a person', async (order) => {
	const id = await dispute(order);
	expect(messagesOf(await deliver(id))).toEqual([
		expect.stringMatching(new RegExp(`dispute ${id} needs a person\\. .*was not found`)),
	]);
	expect(example.stripe.sends().filter(({ path }) => path.includes(id))).toEqual([]);
});

it('loops when the response is lost, and the bank receives the evidence once', async () => {
	const id = await dispute('A-1001');
	// The draft is saved before.
	const meanwhile = async () => {
		example.loseAnswer(`/v1/disputes/${id}`);
	};
	const result = await deliver(id, { ...SEND, meanwhile });
	expect(result.runs('Send Once')).toHaveLength(2);
	expect(allItems(result, 'Sent to the Bank')).toHaveLength(1);
	expect(messagesOf(result)).toEqual([]);
	expect((await read(id)).submissions).toBe(1);
});

it('reads the dispute again when Stripe is unavailable, and asks once', async () => {
	const id = await dispute('A-1001');
	example.stripe.inject({
		kind: 'error503',
		times: 1,
		match: { method: 'GET', path: `/v1/disputes/${id}` },
	});
	const result = await deliver(id);
	expect(result.runs('Wait a Minute')).toHaveLength(1);
	expect(allItems(result, 'Send the Question')).toHaveLength(1);
	expect((await read(id)).submissions).toBe(1);
});

it('of two runs that both ask, one sends, and the other returns the same outcome', async () => {
	const id = await dispute('A-1001');
	let other: Awaited<ReturnType<typeof deliver>> | undefined;
	const meanwhile = async () => {
		other = await deliver(id);
	};
	const result = await deliver(id, { ...SEND, meanwhile });
	expect(allItems(other!, 'Sent to the Bank')).toMatchObject([{ idempotency: { replayed: false } }]);
	expect(allItems(result, 'Sent to the Bank')).toMatchObject([{ idempotency: { replayed: true } }]);
	expect((await read(id)).submissions).toBe(1);
});

it('sends nothing if the draft was changed in the meantime, and reports it', async () => {
	const id = await dispute('A-1001');
	const meanwhile = () =>
		example.api.disputes.update(id, { submit: false, evidence: { customer_signature: 'file_1' } });
	const result = await deliver(id, { ...SEND, meanwhile });
	expect(messagesOf(result)).toEqual([
		expect.stringMatching(/needs a person\. .*not what was approved, so nothing was sent/),
	]);
	expect((await read(id)).submissions).toBe(0);
});

it('sends exactly what it checked: the three nodes have the same parameters except for the submission to the bank', () => {
	const { nodes } = readExample(NAME);
	const [draft, check, send] = WRITES.map((name) => {
		const found = nodes.find((node) => node.name === name)!.parameters as IDataObject;
		const { options, customKey, submitNow, ...same } = found;
		return { same, own: { options, customKey, submitNow } };
	});
	expect([check!.same, send!.same]).toEqual([draft!.same, draft!.same]);
	const bank = { customKey: '=to the bank for {{ $json.dispute }}', submitNow: true };
	expect([draft!.own, check!.own, send!.own]).toEqual([
		{ customKey: '=draft for {{ $json.dispute }}', submitNow: false, options: {} },
		{ ...bank, options: { checkOnly: true } },
		{ ...bank, options: { approvedCheck: '={{ $json.check }}' } },
	]);
});
