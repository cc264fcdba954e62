import { until } from '../../servers/until';
import { stripeAt } from '../../simulator/client';
import { whereChromium } from './chromium';
import type { Editor } from './editor';
import { useBrowser } from './browserFixture';
import type { NodePanel } from './nodePanel';
import {
	CHARGE_NODE,
	buildChargeWorkflow,
	buildLabelledWorkflow,
	LABELLED_NODES,
	NEXT_NODES,
	ORDERS,
	buildUnconnectedWorkflow,
} from './workflows';

/** A contract of the package: it stays as it is, although n8n shows it as "Already Do…". */
const CUT = ['Already Done'];

whereChromium()('the node in n8n’s editor', () => {
	const { n8n, api, openEditor } = useBrowser();
	let editor: Editor;
	beforeAll(async () => {
		await api().createCredential('postgres', { host: '127.0.0.1', database: 'shop' }, 'Shop Database');
		editor = await openEditor();
	});

	/** A workflow with the node, and the node open. */
	async function opened(
		...[name, parameters, orders]: Parameters<typeof buildChargeWorkflow>
	): Promise<NodePanel> {
		const { id } = await api().importWorkflow(buildChargeWorkflow(name, parameters, orders));
		await editor.openWorkflow(id);
		return editor.openNode(CHARGE_NODE);
	}

	it('can be found, placed behind the orders, filled in, connected and run with the mouse', async () => {
		const { id } = await api().importWorkflow(buildUnconnectedWorkflow('By mouse'));
		await editor.openWorkflow(id);

		await editor.pullFrom('Orders');
		await editor.search('stripe');
		await editor.choose('Stripe Idempotent');
		await editor.choose('Create a payment intent');
		const panel = await editor.openedNode();
		expect(await panel.credentials.locator('input').inputValue()).toBe('Simulated Stripe');

		await panel.drag('amount', 'amount');
		await panel.select('amountUnit', 'Major Unit');
		await panel.drag('currency', 'currency');
		await panel.drag('payment_method', 'paymentMethod');
		await panel.drag('order_number', 'path');
		await until('the name of the key field', async () => {
			return (await panel.parameter('path').locator('input').inputValue()) === 'order_number';
		});
		await panel.close();

		const added = 'Create a payment intent';
		for (const [output, next] of NEXT_NODES.entries()) await editor.connect(added, output, next);
		await editor.execute();
		for (const [next, items] of [
			['Ship It', '1 item'],
			['Tell Somebody', '1 item'],
		] as const) {
			await editor.label(added, next).getByText(items, { exact: true }).waitFor();
		}
		expect(await editor.label(added, 'Run Again Later').allInnerTexts()).toEqual(['']);
		expect(n8n().simulator.report().charges).toMatchObject([{ amount: 14850, currency: 'eur' }]);

		await editor.execute();
		const again = await editor.openNode(added);
		await again.hints
			.getByText('1 of 2 items was completed by an earlier run. Nothing was paid twice.')
			.waitFor();
		await again.showOutput('Fix (4xx)');
		await again.output.getByText('[Item 1] The payment was declined').waitFor();
		expect(n8n().simulator.report().charges).toHaveLength(1);
	});

	it('shows whether a customer was charged twice, from an empty workflow, with the mouse', async () => {
		const { customers, paymentIntents } = stripeAt(n8n().simulator, 'sk_test_real_n8n');
		const { id: customer } = await customers.create({});
		const how = { payment_method: 'pm_card_visa', confirm: true, return_url: 'https://shop.example' };
		for (let nth = 0; nth < 2; nth += 1)
			await paymentIntents.create({ amount: 7310, currency: 'eur', customer, ...how });
		const sent = n8n().simulator.sends().length;
		const trigger = {
			name: 'Start',
			type: 'n8n-nodes-base.manualTrigger',
			position: [0, 0] as [number, number],
		};
		const { id } = await api().importWorkflow({ name: 'Twice?', nodes: [trigger], connections: {} });
		await editor.openWorkflow(id);

		await editor.pullFrom('Start');
		await editor.search('stripe');
		await editor.choose('Stripe Idempotent');
		await editor.choose('Find duplicates in an account');
		const panel = await editor.openedNode();
		await panel.select('duplicatesOf', 'Payments');
		await panel.execute();
		await panel.output.getByText(`2 payments of 73.10 EUR of ${customer}`).first().waitFor();
		await panel.output.getByText('The ledger knows none of them').first().waitFor();
		expect(n8n().simulator.sends()).toHaveLength(sent);
	});

	it('offers the credential and the table of a ledger in Postgres, and nothing of the other ledgers', async () => {
		const panel = await opened('Ledger');
		expect(await panel.labels()).toContain('Ledger File');
		await panel.select('ledger', 'Postgres');
		await panel.parameters.getByText('Credential for Postgres').waitFor();
		expect(await panel.labels()).not.toContain('Ledger File');
		await panel.addOption.click();
		await panel.option('Postgres Table').waitFor();
		expect(await panel.option('Redis Key Prefix').count()).toBe(0);
		await panel.option('Postgres Table').click();
		expect(await panel.parameter('ledgerTable').locator('input').inputValue()).not.toBe('');
	});

	it.each([1440, 1024])(
		'shows every output label in full, except one, in a window %d pixels wide',
		async (width) => {
			const narrow = await openEditor({ width });
			const { id } = await api().importWorkflow(buildLabelledWorkflow(`Labels ${width}`));
			await narrow.openWorkflow(id);
			for (const [node, { labels }] of Object.entries(LABELLED_NODES)) {
				const whole = labels.map((text) => ({ text, isCut: CUT.includes(text) }));
				expect(await narrow.outputLabels(node)).toEqual(whole);
			}
			// The measure itself sees a label that n8n cuts.
			const tooLong = 'Run Again Later, Unchanged, When Stripe Answers';
			const cut = await narrow.outputLabels('Charge', tooLong);
			expect(cut).toContainEqual({ text: tooLong, isCut: true });
			await narrow.page.context().close();
		},
	);

	it('refuses a key field without a name', async () => {
		const panel = await opened('No key field');
		await panel.type('path', '');
		await panel.execute();
		await panel.showOutput('Fix (4xx)');
		await panel.output.getByText('[Item 0] Key Fields has a field without a name').waitFor();
	});

	it('refuses an order without a number, and charges the other one', async () => {
		const [one, other] = ORDERS;
		const panel = await opened('No number', {}, [
			{ ...one!, order_number: 'SO-24110' },
			{ ...other!, order_number: ' ' },
		]);
		await panel.execute();
		await panel.showOutput('Fix (4xx)');
		await panel.output.getByText('[Item 1] Key Fields names "order_number"').waitFor();
		await panel.showOutput('Success');
		await panel.output.getByText('payment_intent', { exact: true }).waitFor();
	});

	it('starts if a choice is an expression, and refuses a missing parameter of the chosen value by name', async () => {
		const refund = { resource: 'refund', operation: 'create', amount: '', refundOf: '={{ "charge" }}' };
		const panel = await opened('Refund by expression', refund);
		await panel.execute();
		await panel.showOutput('Fix (4xx)');
		await panel.output.getByText('[Item 0] Charge is empty').waitFor();
	});

	it('lists the connected accounts that it can act for', async () => {
		const profile = { business_profile: { name: 'Harbour Branch' } };
		const { id } = await stripeAt(n8n().simulator, 'sk_test_real_n8n').accounts.create(profile);
		const account = { stripeAccount: { __rl: true, mode: 'list', value: '' } };
		const panel = await opened('Connected account', { options: account });
		await panel.parameter('stripeAccount').click();
		await editor.page.getByText(`Harbour Branch · ${id}`).click();
		await panel.execute();
		const charged = n8n().simulator.sends({ path: '/v1/payment_intents' });
		expect(charged.slice(-2).map(({ stripeAccount }) => stripeAccount)).toEqual([id, id]);
	});

	it('names a ledger that does not exist', async () => {
		const panel = await opened('Wrong ledger', { ledger: '={{ "cloud" }}' });
		await panel.execute();
		await panel.showOutput('Fix (4xx)');
		await panel.output.getByText('[Item 0] Ledger is "cloud"').waitFor();
	});
});
