import type { IDataObject } from 'n8n-workflow';

import { until } from '../../servers/until';
import { stripeAt } from '../../simulator/client';
import type { Execution } from '../harness/execution';
import { useRealN8n } from '../harness/useRealN8n';
import { items, loadExample, questionOf, submitForm } from './exampleWorkflows';

const n8n = useRealN8n();

/** Longer waits are for life. */
const SOON = { 'Wait Five Minutes': { amount: 1, unit: 'seconds' } };

beforeEach(() => n8n().simulator.reset());

const messages = (execution: Execution) => items(execution, 'Tell Somebody').map(({ message }) => message);

async function publish(name: string, changes: Record<string, IDataObject> = {}): Promise<string> {
	const { id } = await n8n().api.importWorkflow(loadExample(name, { ...SOON, ...changes }));
	await n8n().api.publish(id);
	return id;
}

describe('nightly-invoices-with-approval.json', () => {
	const charged = () =>
		n8n()
			.simulator.report()
			.charges.map(({ metadata }) => metadata.invoice_number)
			.sort();

	/** Begins it as its schedule does; resolves with the execution that waits, and the link in the question. */
	async function ask(changes: Record<string, IDataObject> = {}) {
		const id = await publish('nightly-invoices-with-approval', changes);
		const execution = await n8n().api.startByHand(id, 'Try It Manually');
		const waiting = await until('the question', async () => {
			const [latest] = await n8n().api.executions({ workflowId: id, status: ['waiting'] });
			return latest && n8n().api.execution(latest.id);
		});
		const question = items(waiting, 'Send the Question')[0]!.message as string;
		return { execution, question, link: /https?:\S+$/.exec(question)![0] };
	}

	it('charges nothing that was denied', async () => {
		const { execution, link } = await ask();
		await submitForm(link, 'Deny', 'Ada');
		expect((await n8n().api.ended(execution)).runs('Not Charged')).toHaveLength(1);
		expect(n8n().simulator.sends()).toEqual([]);
	});

	it('charges each invoice once that was approved in the morning, even after a restart', async () => {
		const { execution, question, link } = await ask();
		expect(question).toContain('4 new (509.94 EUR, 34.95 USD, 12800 JPY). Nothing was sent.');
		expect(await (await fetch(link)).text()).toContain('509.94 EUR');
		expect(n8n().simulator.sends()).toEqual([]);
		await n8n().main.kill();
		await n8n().main.restart();
		await submitForm(link, 'Approve', 'Ada');
		const ended = await n8n().api.ended(execution);
		expect(items(ended, 'Mark as Paid')).toHaveLength(3);
		expect(messages(ended)).toEqual([expect.stringMatching(/INV-3003 is not paid\. .*insufficient/)]);
		expect(charged()).toEqual(['INV-3001', 'INV-3002', 'INV-3004']);
	});

	it('leaves out what changed between check and approval, and the next run charges nothing twice', async () => {
		const jsCode = `return $('Check').all().map(({ json }) => ({
			json: json.invoice_number === 'INV-8002' ? { ...json, amount: '99.00' } : json,
		}));`;
		const csv = [
			'invoice_number,amount,currency,payment_method',
			...['INV-8001', 'INV-8002', 'INV-8004'].map((number) => `${number},10.00,EUR,pm_card_visa`),
		].join('\n');
		const assignments = { assignments: [{ id: 'csv', name: 'csv', type: 'string', value: `${csv}\n` }] };
		for (const replayed of [false, true]) {
			const { execution, link } = await ask({
				'Sample Invoices': { assignments },
				'The Checked Items': { jsCode },
			});
			await submitForm(link, 'Approve', 'Ada');
			const ended = await n8n().api.ended(execution);
			expect(items(ended, 'Mark as Paid')).toMatchObject(Array(2).fill({ idempotency: { replayed } }));
			expect(messages(ended)).toContainEqual(
				expect.stringMatching(
					/INV-8002 is not paid\. .*the amount has changed, it is now 99\.00 EUR/,
				),
			);
		}
		expect(charged()).toEqual(['INV-8001', 'INV-8004']);
	});
});

describe('refund-duplicates.json', () => {
	const stripe = () => stripeAt(n8n().simulator, 'sk_test_real_n8n');
	const BASIC = { user: 'ada', password: 'open-sesame' };
	const headers = { authorization: `Basic ${btoa(`${BASIC.user}:${BASIC.password}`)}` };

	async function chargeTwice(): Promise<void> {
		const { id: customer } = await stripe().customers.create({});
		const how = { payment_method: 'pm_card_visa', confirm: true, return_url: 'https://shop.example' };
		const payment = { amount: 4990, currency: 'eur', customer, ...how };
		await stripe().paymentIntents.create(payment);
		await stripe().paymentIntents.create(payment);
	}

	/** Sends the first page; resolves with the address of the list, and what it offers. */
	async function open(address: string) {
		const form = new FormData();
		form.set('field-0', '2020-01-01');
		const answer = await fetch(address, { method: 'POST', body: form, headers });
		const { formWaitingUrl: link } = (await answer.json()) as { formWaitingUrl: string };
		const page = await until('the list', async () => {
			// While the execution is at work, n8n may leave a question without an answer.
			const text = await (await fetch(link, { signal: AbortSignal.timeout(5_000) })).text();
			return text.includes('Give back') ? text : undefined;
		});
		return { link, labels: [...page.matchAll(/49\.90 EUR, [^<"]*?\(ch_\w+\)/g)].map(([label]) => label) };
	}

	it('refunds each selected payment once, even if the list is sent twice', async () => {
		await n8n().api.createCredential('httpBasicAuth', BASIC);
		const id = await publish('refund-duplicates');
		const trigger = loadExample('refund-duplicates').nodes.find(({ name }) => name === 'Who Asks');
		const address = `${n8n().main.url}/form/${trigger?.webhookId}`;
		await until('a form that nobody can open', async () => (await fetch(address)).status === 401, 20_000);
		await chargeTwice();
		const [first, second] = [await open(address), await open(address)];
		const [label] = first.labels;
		expect(label).toMatch(/^49\.90 EUR, cus_\w+, /);
		const refunds = () => n8n().simulator.report().refunds;
		expect(refunds()).toEqual([]);
		for (const { link } of [first, first, second]) await submitForm(link, JSON.stringify([label]));
		const ended = await until('both runs', async () => {
			const runs = await n8n().api.executions({ workflowId: id, status: ['success'] });
			return runs.length === 2 && Promise.all(runs.map((run) => n8n().api.execution(run.id)));
		});
		expect(ended.flatMap((run) => items(run, 'Refunded'))).toHaveLength(2);
		expect(refunds()).toMatchObject([{ amount: 4990, charge: /\((ch_\w+)\)$/.exec(label!)![1] }]);
		await n8n().api.unpublish(id);
	});
});

describe('dispute-evidence.json', () => {
	const submissions = async () => {
		const { data } = await stripeAt(n8n().simulator, 'sk_test_real_n8n').disputes.list();
		return data.map(({ evidence_details: { submission_count: count } }) => count);
	};

	it('submits to the bank once what a person approved, though the response is lost, and asks only once', async () => {
		const { id } = await n8n().api.importWorkflow(loadExample('dispute-evidence', SOON));
		const ask = async () => {
			const execution = await n8n().api.startByHand(id, 'Try It Manually');
			return { execution, ...(await questionOf(n8n().api, execution)) };
		};
		const denied = await ask();
		expect(denied.question).toMatch(/^249\.00 EUR of order A-1001 is disputed/);
		expect(await (await fetch(denied.link)).text()).toContain('NF-48210');
		await submitForm(denied.link, 'Do not send', 'Ada');
		expect((await n8n().api.ended(denied.execution)).runs('Not Sent')).toHaveLength(1);
		expect(await submissions()).toEqual([0]);

		const approved = await ask();
		const sending = { method: 'POST', path: /^\/v1\/disputes\// };
		n8n().simulator.inject({ kind: 'resetAfter', times: 3, match: sending });
		await submitForm(approved.link, 'Send', 'Ada');
		const ended = await n8n().api.ended(approved.execution);
		expect(ended.runs('Wait Five Minutes')).toHaveLength(1);
		expect(items(ended, 'Sent to the Bank')).toHaveLength(1);
		expect(messages(ended)).toEqual([]);
		const again = await n8n().api.runByHand(id, 'Try It Manually');
		expect(again.runs('No Evidence Is Due')).toHaveLength(1);
		expect(await submissions()).toEqual([1]);
	});
});
