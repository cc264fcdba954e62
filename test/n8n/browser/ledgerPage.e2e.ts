import type { Page } from 'playwright-core';

import { summarize } from '../../../ledger/queries/summarize';
import { buildPaidEntry } from '../../ledger/entries';
import { formatAmount } from '../../../stripe/objects/money';
import { whereChromium } from './chromium';
import { useBrowser } from './browserFixture';
import { FAINT_TEXTS, inLedger, LOGIN, OVERFLOWS, publishPage, watchPage } from './ledgerPage';
import { HOSTILE, hostileEntries, lifelikeEntries } from './ledgerPageEntries';
import { buildChargeWorkflow } from './workflows';

/** One page of ten thousand entries; in bytes, and in milliseconds on a machine that is busy with other tests. */
const [LARGEST_PAGE, SLOWEST_PAGE] = [300_000, 10_000];

/** More than there are places to go to on the page. */
const MANY_TABS = 200;

const order = (order_number: string, payment_method = 'pm_card_visa') => {
	return { order_number, customer: 'Café Lindenhof', amount: '20.00', currency: 'EUR', payment_method };
};

whereChromium()('the ledger page', () => {
	const { n8n, api, visit } = useBrowser();
	let address: string;

	/** One run with an order that Stripe's answer is lost for, before or after Stripe executed it. */
	async function lose(number: string, kind: 'resetBefore' | 'resetAfter'): Promise<void> {
		n8n().simulator.inject({
			kind,
			times: 3,
			match: { method: 'POST', metadata: { order_number: number } },
		});
		await run([order(number)]);
	}

	async function run(orders: ReturnType<typeof order>[]): Promise<void> {
		const { id } = await api().importWorkflow(buildChargeWorkflow('Shop orders', {}, orders));
		await api().runByHand(id);
	}

	/** A window with the page, and what it does that it must not do. */
	async function opened(...[looks, query = '']: [Parameters<typeof visit>[0]?, string?]) {
		const page = await visit(looks, LOGIN);
		const requests = watchPage(page, address);
		const answer = (await page.goto(`${address}${query}`))!;
		return { page, heard: requests, answer };
	}

	const cardOf = (page: Page, text: string) => page.locator('article', { hasText: text });

	async function lookUp(page: Page, message: string): Promise<void> {
		await page.getByLabel('Order number, payment ID or entry ID').fill(message);
		await page.getByRole('button', { name: 'Look it up' }).click();
		await page.getByRole('heading', { name: 'Looked up' }).waitFor();
	}

	beforeAll(async () => {
		address = await publishPage(n8n());
		await run([order('SO-1'), order('SO-2', 'pm_card_chargeDeclinedInsufficientFunds')]);
		await lose('SO-3', 'resetAfter');
		await lose('SO-4', 'resetBefore');
		await inLedger(n8n(), (store) => store.insertIfAbsent(hostileEntries()));
	});

	it('shows nothing without the password', async () => {
		const logins = [undefined, 'ada:', 'ada:guessed', 'eve:correct horse battery', ':', 'ada'];
		for (const login of logins) {
			const headers = login === undefined ? undefined : { authorization: `Basic ${btoa(login)}` };
			for (const method of ['GET', 'POST']) {
				const answer = await fetch(address, { method, headers });
				expect(answer.status).toBe(401);
				expect((await answer.text()).length).toBeLessThan(50);
			}
		}
		const page = await visit({}, { ...LOGIN, password: 'guessed' });
		expect((await page.goto(address))!.status()).toBe(401);
		expect(await page.locator('body').innerText()).not.toMatch(/SO-|v1_|entries/);
	});

	it('opens with the password, is not cached, and allows no scripts and no framing', async () => {
		const { page, heard: requests, answer } = await opened();
		expect(answer.status()).toBe(200);
		expect(answer.headers()).toMatchObject({
			'content-type': 'text/html; charset=utf-8',
			'cache-control': 'no-store',
			'referrer-policy': 'no-referrer',
			'x-frame-options': 'DENY',
			'x-content-type-options': 'nosniff',
		});
		const policy = await page
			.locator('meta[http-equiv="Content-Security-Policy"]')
			.getAttribute('content');
		expect(policy).toMatch(
			/^default-src 'none'; style-src 'nonce-\w+'; form-action 'self' \S+; base-uri 'none'$/,
		);
		expect(await page.locator('h2').allInnerTexts()).toEqual([
			'Unknown',
			'The last 30 days',
			'Money per day',
			'Money',
			'Latest others',
		]);
		for (const number of ['SO-3', 'SO-4']) {
			await cardOf(page, number).getByText('Sent').first().waitFor();
			await cardOf(page, number).getByRole('button', { name: 'Check with Stripe' }).waitFor();
		}
		expect(requests).toEqual([]);
	});

	it('shows the numbers of the ledger', async () => {
		const { page } = await opened();
		const { states, entries, total, days } = await inLedger(n8n(), (store) =>
			summarize(store, Date.now()),
		);
		for (const [state, count] of Object.entries(states)) {
			const tile = page.locator(`.tiles .${state}`);
			if (count > 0) expect(await tile.innerText()).toMatch(new RegExp(`^${count}\\s`));
		}
		await page.getByText(`${entries} entries in all`).waitFor();

		const rows = page.getByRole('region', { name: 'Money by operation' }).locator('tbody tr');
		const shown = (await rows.allInnerTexts()).map((row) => row.split(/\t|\n/).slice(2));
		expect(shown).toEqual(
			total.map(({ entries: count, moved, notMoved, currency }) => [
				...[moved, notMoved].map((sum) =>
					currency === undefined ? '–' : formatAmount(String(sum), currency),
				),
				String(count),
			]),
		);

		await page.getByText('The same as a table').click();
		const cells = page.getByRole('region', { name: 'Entries per day' }).locator('tbody td');
		const counts = (await cells.allInnerTexts()).map(Number);
		expect(counts.reduce((sum, count) => sum + count)).toBe(
			days.reduce((sum, { entries: count }) => sum + count, 0),
		);
	});

	it('shows outside text as text, and does nothing else with it', async () => {
		const { page, heard: requests } = await opened();
		for (const text of HOSTILE.map((hostile) => hostile.slice(0, 200))) {
			await page.getByText(`order unknown ${text}`).first().waitFor({ state: 'attached' });
			await page.getByText(`order succeeded ${text}`).first().waitFor({ state: 'attached' });
		}
		for (const summary of await page.locator('summary').all()) await summary.click();
		expect(await page.locator('script, img, iframe, object, embed, link, base').count()).toBe(0);
		const addresses = await page.locator('a').evaluateAll((links) => links.map((link) => String(link)));
		expect(addresses.filter((to) => !to.startsWith(`${address}?find=v1_`))).toEqual([]);
		for (const hostile of HOSTILE) {
			await page.goto(`${address}?find=${encodeURIComponent(hostile.slice(0, 1_000))}`);
			const [word = ''] = hostile.split(/\s/);
			expect(await page.getByLabel('Order number').inputValue()).toContain(word);
		}
		expect(requests).toEqual([]);
	});

	it('leads from an order number, a payment and an entry ID to the entry', async () => {
		const { page, heard: requests } = await opened();
		await lookUp(page, 'SO-1');
		const message = await page.locator('article').innerText();
		expect(message).toMatch(/SO-1.*Succeeded.*20\.00 EUR/s);
		for (const clue of [/pi_\w+/, /v1_[\w-]{43}/, /n8n_v1_[\w-]{43}/]) {
			await lookUp(page, clue.exec(message)![0]);
			await cardOf(page, 'order_number SO-1').waitFor();
		}
		await lookUp(page, 'SO-404');
		await page.getByRole('alert').getByText('The ledger has no entry').waitFor();
		await page.getByRole('link', { name: 'Back to the whole ledger' }).click();
		await page.getByRole('heading', { name: 'Latest others' }).waitFor();
		expect(requests).toEqual([]);
	});

	it('shows a payment and its refund as one story, also on a phone and in print', async () => {
		const { page } = await opened({ width: 375 });
		await lookUp(page, 'SO-1');
		const [, payment = ''] = /In Stripe\s+(pi_\w+)/.exec(await page.locator('article').innerText()) ?? [];
		await inLedger(n8n(), (store) => {
			const params = { payment_intent: payment, amount: '500' };
			const refund = {
				operation: 'refund.create',
				order: 'refund of SO-1',
				createdAt: Date.now(),
				params,
			};
			return store.insertIfAbsent([
				buildPaidEntry('re_1', { object: 'refund', payment_intent: payment, amount: 500 }, refund),
			]);
		});
		await lookUp(page, 'SO-1');
		const steps = await page.locator('.story li').allInnerTexts();
		const shownSteps = steps.map((step) => /(payment intent|refund): create/.exec(step)?.[1]);
		expect(shownSteps).toEqual([
			...Array<string>(3).fill('payment intent'),
			...Array<string>(3).fill('refund'),
		]);
		expect(await page.evaluate(OVERFLOWS)).toBe(false);
		expect(await page.evaluate(FAINT_TEXTS)).toEqual([]);
		await page.emulateMedia({ media: 'print' });
		expect(await page.getByRole('button').count()).toBe(0);
		expect(await page.locator('.story li').first().isVisible()).toBe(true);
		expect(await page.evaluate(OVERFLOWS)).toBe(false);
	});

	it('prints the contents of closed parts, and no buttons', async () => {
		const { page } = await opened();
		const table = page.getByRole('region', { name: 'EUR per day' });
		expect(await table.isVisible()).toBe(false);
		await page.emulateMedia({ media: 'print' });
		await table.waitFor();
		expect(await page.getByRole('button').count()).toBe(0);
	});

	it('reconciles with the keyboard alone: Stripe executed the request, and nothing is sent', async () => {
		const { page, heard: requests } = await opened();
		const sends = n8n().simulator.sends().length;
		const reached = cardOf(page, 'SO-3').locator('button:focus');
		for (let tab = 0; tab < MANY_TABS && (await reached.count()) === 0; tab++)
			await page.keyboard.press('Tab');
		await page.keyboard.press('Enter');
		await page.getByRole('heading', { name: 'Result of the check' }).waitFor();
		await page.getByRole('status').getByText('Stripe executed it').waitFor();
		await cardOf(page, 'SO-3').getByText('Succeeded').first().waitFor();
		await page.getByRole('link', { name: 'Back to the whole ledger' }).click();
		await page.getByRole('row', { name: /SO-3.*Succeeded.*20\.00 EUR/ }).waitFor();
		expect(await cardOf(page, 'SO-3').count()).toBe(0);
		expect(n8n().simulator.sends()).toHaveLength(sends);
		expect(requests).toEqual([]);
	});

	it('states what to check, and where, if the finding is inconclusive', async () => {
		const { page } = await opened();
		await cardOf(page, 'SO-4').getByRole('button').click();
		const found = page.getByRole('status');
		await found.getByText('Stripe does not show what happened').waitFor();
		await found.getByText('Check again after').waitFor();
		const link = found.getByRole('link', { name: 'Look in the Stripe dashboard' });
		expect(await link.getAttribute('href')).toMatch(/^https:\/\/dashboard\.stripe\.com\/.*v1_/);
		await page.getByRole('link', { name: 'Back to the whole ledger' }).click();
		await cardOf(page, 'SO-4').waitFor();
	});

	it.each([
		['nothing', {}],
		['an entry that is not there', { entryId: `v1_${'a'.repeat(43)}` }],
		['something else', { entryId: '"><script>alert(1)</script>' }],
	])('states that %s cannot be reconciled', async (_what, form: Record<string, string>) => {
		const answer = await fetch(address, {
			method: 'POST',
			body: new URLSearchParams(form),
			headers: { authorization: `Basic ${btoa(`${LOGIN.username}:${LOGIN.password}`)}` },
		});
		expect(answer.status).toBe(200);
		const text = await answer.text();
		expect(text).toContain('role="alert"');
		expect(text).not.toContain('<script');
	});

	it('states why the ledger cannot be read, and shows no numbers', async () => {
		const page = await visit({}, LOGIN);
		const answer = (await page.goto(await publishPage(n8n(), 'no-ledger', '/proc/no-ledger.sqlite')))!;
		expect(answer.status()).toBe(503);
		await page.getByRole('alert').getByText('The ledger cannot be used').waitFor();
		expect(await page.locator('main').innerText()).not.toMatch(/Unknown|\[Item/);
	});

	it.each([
		['light', 1440],
		['dark', 1440],
		['light', 375],
		['dark', 375],
	] as const)('is readable in %s, %d pixels wide', async (theme, width) => {
		const { page } = await opened({ theme, width });
		for (const summary of await page.locator('summary').all()) await summary.click();
		expect(await page.evaluate(FAINT_TEXTS)).toEqual([]);
		expect(await page.evaluate(OVERFLOWS)).toBe(false);
		expect(await page.locator('th:not([scope])').count()).toBe(0);
	});

	it('is fast and small with ten thousand entries', async () => {
		const file = 'large.sqlite';
		const entries = lifelikeEntries(10_000);
		await inLedger(
			n8n(),
			async (store) => {
				while (entries.length > 0) await store.insertIfAbsent(entries.splice(0, 1_000));
			},
			file,
		);
		const large = await publishPage(n8n(), 'large-ledger', file);
		const page = await visit({}, LOGIN);
		const began = performance.now();
		const answer = (await page.goto(large))!;
		await page.getByRole('heading', { name: 'Latest others' }).waitFor();
		const ms = performance.now() - began;
		const { length } = await answer.body();
		console.info(`10,000 entries: ${length} bytes in ${ms.toFixed(0)} ms`);
		expect(await page.locator('article').count()).toBe(100);
		expect(length).toBeLessThan(LARGEST_PAGE);
		expect(ms).toBeLessThan(SLOWEST_PAGE);
	});
});
