import { readFileSync } from 'node:fs';

import { allItems, ExampleFixture, messagesOf, readExample } from './exampleFixture';

const NAME = 'expiring-cards';
const example = ExampleFixture.use(NAME);

const PORTAL = '/v1/billing_portal/sessions';
const CODE = 'Cards That Expire Soon';

/** The cards of the simulated Stripe expire in years. */
const { jsCode } = readExample(NAME).nodes.find(({ name }) => name === CODE)!.parameters!;
const soon = { [CODE]: { jsCode: (jsCode as string).replace('DAYS_AHEAD = 45', 'DAYS_AHEAD = 5000') } };

type Run = Awaited<ReturnType<typeof example.run>>;
const mails = (result: Run) => allItems(result, 'Send the Mail');

it('asks for a new card once, and stores the login link nowhere', async () => {
	const first = await example.run({ changes: soon });
	expect(messagesOf(first)).toEqual([]);
	expect(mails(first)).toMatchObject([
		{
			to: 'office@bergmann.example',
			subject: 'Your card ending in 4242 expires soon',
			text: expect.stringMatching(
				/^Dear Bergmann Tischlerei GmbH,[^]*4242, is valid until \d\d\/20\d\d[^]*https:\/\/billing\.stripe\.com\/p\/session/,
			) as string,
		},
	]);
	const second = await example.run({ changes: soon });
	expect(allItems(second, 'Reminded Before')).toHaveLength(1);
	expect(mails(second)).toEqual([]);
	expect(readFileSync(example.ledgerFile, 'latin1')).not.toContain('billing.stripe.com');
	expect(readExample(NAME).settings).toMatchObject({ saveDataSuccessExecution: 'none' });
});

it('does not contact customers whose card is valid for long', async () => {
	expect(mails(await example.run())).toEqual([]);
});

it('sends one request for a card that pays two subscriptions', async () => {
	await example.run();
	const [subscription] = (await example.api.subscriptions.list()).data;
	const price = subscription!.items.data[0]!.price.id;
	await example.api.subscriptions.create({
		customer: subscription!.customer as string,
		items: [{ price }],
	});
	const result = await example.run({ trigger: 'Every Monday at Nine', changes: soon });
	expect(mails(result)).toHaveLength(1);
	expect(result.runs('Wait Five Minutes')).toHaveLength(0);
});

it('loops if there was no link, and sends one email', async () => {
	example.stripe.inject({ kind: 'error503', times: 1, match: { method: 'POST', path: PORTAL } });
	const result = await example.run({ changes: soon });
	expect(result.runs('Wait Five Minutes').length + mails(result).length).toBeGreaterThan(0);
	expect(mails(result)).toHaveLength(1);
	expect(messagesOf(result)).toEqual([]);
});

it('sends a notification if the subscriptions cannot be read', async () => {
	await example.run();
	const match = { method: 'GET', path: '/v1/subscriptions' };
	example.stripe.inject({ kind: 'forbidden403', times: Infinity, match });
	const result = await example.run({ trigger: 'Every Monday at Nine', changes: soon });
	expect(messagesOf(result)).toEqual([
		expect.stringMatching(/^The subscriptions could not be read, so nobody was asked/),
	]);
});
