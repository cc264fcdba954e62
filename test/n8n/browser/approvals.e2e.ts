import type { Page } from 'playwright-core';

import { until } from '../../servers/until';
import { stripeAt } from '../../simulator/client';
import { loadExample } from '../workflows/exampleWorkflows';
import { useBrowser } from './browserFixture';
import { whereChromium } from './chromium';
import type { Editor } from './editor';

const LOGIN = { username: 'ada', password: 'open-sesame' };

whereChromium()('examples that wait for a person, with the mouse', () => {
	const { n8n, api, openEditor, visit } = useBrowser();
	let editor: Editor;
	beforeAll(async () => {
		const login = { user: LOGIN.username, password: LOGIN.password };
		await api().createCredential('httpBasicAuth', login);
		editor = await openEditor();
	});
	beforeEach(() => n8n().simulator.reset());

	describe('refund-duplicates.json', () => {
		const refunds = () => n8n().simulator.report().refunds;

		async function chargeThreeTimes(): Promise<void> {
			const { customers, paymentIntents } = stripeAt(n8n().simulator, 'sk_test_real_n8n');
			const { id: customer } = await customers.create({});
			const how = { payment_method: 'pm_card_visa', confirm: true, return_url: 'https://shop.example' };
			for (let nth = 0; nth < 3; nth += 1)
				await paymentIntents.create({ amount: 4990, currency: 'eur', customer, ...how });
		}

		/** Asks for the duplicates in a window of its own. */
		async function ask(address: string): Promise<Page> {
			const page = await visit({}, LOGIN);
			// n8n publishes a form a moment after it has said so.
			await until('the form', async () => (await page.goto(address))?.ok());
			await page.getByLabel('Charged since').fill('2020-01-01');
			await page.getByRole('button', { name: 'Submit' }).click();
			await page.getByText('What is to be given back?').waitFor();
			return page;
		}

		/** The charges that are offered, as the page words them. */
		const offered = (page: Page): Promise<string[]> =>
			page
				.getByRole('checkbox')
				.evaluateAll((boxes) => boxes.map((box) => (box as { value: string }).value));

		async function refund(page: Page, label: string): Promise<void> {
			await page.getByRole('checkbox', { name: label, exact: true }).check();
			await page.getByRole('button', { name: 'Refund' }).click();
			await page.getByText('Your response has been recorded').waitFor();
		}

		it('finds extra charges, and refunds each selected one once, however often the form is sent', async () => {
			await chargeThreeTimes();
			const { id, nodes } = await api().importWorkflow(loadExample('refund-duplicates'));
			await api().publish(id);
			const form = nodes.find(({ name }) => name === 'Who Asks');
			const address = `${n8n().main.url}/form/${form?.webhookId}`;
			const [page, other] = [await ask(address), await ask(address)];
			const labels = await offered(page);
			expect(labels).toHaveLength(2);
			expect(refunds()).toEqual([]);
			const [ticked, left] = labels as [string, string];
			for (const window of [page, other]) await refund(window, ticked);
			const [, charge] = /\((ch_\w+)\)$/.exec(ticked)!;
			await until('the refund', async () => refunds().length > 0);
			expect(refunds()).toMatchObject([{ amount: 4990, charge }]);
			const again = await ask(address);
			expect(await offered(again)).toEqual([left]);
			expect(refunds()).toHaveLength(1);
		});
	});

	describe('nightly-invoices-with-approval.json', () => {
		/** As if somebody had changed an invoice after the check. */
		const CHANGED = `return $('Check').all().map(({ json }) => ({
			json: json.invoice_number === 'INV-3002' ? { ...json, amount: '99.00' } : json }));`;

		it('charges what a person has approved, and leaves out what changed since the check', async () => {
			const { id } = await api().importWorkflow(loadExample('nightly-invoices-with-approval'));
			await editor.openWorkflow(id);
			const code = await editor.openNode('The Checked Items');
			await code.writeCode(CHANGED);
			await code.close();
			const form = editor.page.context().waitForEvent('page');
			const running = editor.execute('Try It Manually');
			const page = await form;
			await page.getByText('4 new (509.94 EUR, 34.95 USD, 12800 JPY). Nothing was sent.').waitFor();
			expect(n8n().simulator.sends()).toEqual([]);
			await page.getByLabel('Decision').selectOption('Approve');
			await page.getByLabel('Your name').fill('Ada');
			await page.getByRole('button', { name: 'Submit' }).click();
			await page.getByText('Thank you. You can close this page.').waitFor();
			const execution = await running;
			expect(execution.outputs('Charge Once').map(({ length }) => length)).toEqual([2, 2, 0]);
			await editor.label('Charge Once', 'Is It Paid?').getByText('2 items').waitFor();
			await editor.label('Charge Once', 'Write the Message').getByText('2 items').waitFor();
			const panel = await editor.openNode('Charge Once');
			await panel.showOutput('Fix (4xx)');
			await panel.output
				.getByText(
					/^\[Item 1\] This is not what was approved, so nothing was sent: the amount has changed/,
				)
				.waitFor();
			const charged = n8n().simulator.report().charges;
			expect(charged.map(({ metadata }) => metadata.invoice_number).sort()).toEqual([
				'INV-3001',
				'INV-3004',
			]);
		});
	});
});
