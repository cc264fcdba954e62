import { repeat } from '../crash/soak';
import fc, { anyText } from '../fastCheck';

import { chart } from '../../examples/ledgerPage/chart';
import { moneyChart } from '../../examples/ledgerPage/moneyChart';
import type { EntryItem, NodeBefore, RefusedItem, SummaryItem } from '../../examples/ledgerPage/left';
import type { PageRequest } from '../../examples/ledgerPage/makeThePage';
import { makeThePage } from '../../examples/ledgerPage/makeThePage';
import { dashboardLink, html } from '../../examples/ledgerPage/markup';
import { operationLabel } from '../../examples/ledgerPage/words';
import { HOSTILE } from '../n8n/browser/ledgerPageEntries';
import { checkProperty } from '../ledger/property';

const NOW = Date.UTC(2026, 10, 24, 12);

const [TODAY, EARLIER] = ['2026-11-24', '2026-11-20T08:00:00.000Z'];

const asleep: NodeBefore = { isExecuted: false, all: () => [] };

/** A node that has run, and what left each of its outputs. */
const ran = (...outputs: unknown[][]): NodeBefore => ({
	isExecuted: true,
	all: (output) => (outputs[output] ?? []).map((json) => ({ json })),
});

/** An entry in which everything that comes from outside is this text. */
function entryOf(text: string, more: Partial<EntryItem> = {}): EntryItem {
	const outcome = { kind: 'unknown', message: text, code: text, requestId: text, decidedBy: text };
	return {
		entryId: text,
		key: text,
		state: 'unknown',
		operation: text,
		fields: { [text]: text },
		money: text,
		paymentState: text,
		customer: text,
		objectId: text,
		requestId: text,
		outcome,
		attempt: 2,
		sends: 3,
		createdAt: EARLIER,
		firstSentAt: EARLIER,
		lastSentAt: EARLIER,
		settledAt: EARLIER,
		mode: text,
		account: text,
		origin: { workflowName: text, nodeName: text, executionId: text },
		previousAttempts: [{ attempt: 1, outcome, settledAt: EARLIER, sends: 2, firstSentAt: EARLIER }],
		lateResponses: [{ outcome, at: EARLIER }],
		payment: { object: text, asOf: TODAY },
		reservation: { purpose: text, agent: text, approvedBy: text, approvedAt: EARLIER },
		cancellation: { reason: text, decidedBy: text, at: EARLIER },
		...more,
	};
}

const groupOf = (text: string) => ({
	operation: text,
	state: text,
	paymentState: text,
	entries: 1,
	amount: 5,
	notMoved: 7,
	currency: text,
	money: text,
	notMovedMoney: text,
});

const summaryOf = (text: string, more: Partial<SummaryItem> = {}): SummaryItem => ({
	entries: 1,
	states: { unknown: 1 },
	waitingForApproval: 1,
	days: [{ day: TODAY, ...groupOf(text), state: 'unknown' }],
	money: [{ kind: text, paymentState: text, count: 1, money: text, notMovedMoney: text }],
	total: [groupOf(text)],
	...more,
});

/** The whole ledger, unless somebody looked something up or pressed the button. */
const pageRequest = (more: Partial<PageRequest> = {}): PageRequest => ({
	lookUp: asleep,
	samePayment: asleep,
	findOut: asleep,
	items: [],
	call: { query: {}, webhookUrl: 'https://n8n.example/x' },
	whole: [ran([summaryOf('a')]), ran([{}]), ran([{}])],
	now: NOW,
	...more,
});

const refused = (message: string, outcome = 'not_found'): RefusedItem => ({
	error: { outcome, message, nextStep: message },
});

/** All pages with a text in every place where one can come from outside. */
function pagesWith(text: string): string[] {
	const reconciled = { finding: text, reason: text, nextStep: text, dashboardUrl: text };
	const call = { query: { find: text }, webhookUrl: 'https://n8n.example/webhook/ledger' };
	const items = [{ json: entryOf(text, { reconciled }) }, { json: entryOf(text, { state: text }) }];
	return [
		pageRequest({ call, whole: [ran([summaryOf(text)]), ran([entryOf(text)]), ran([entryOf(text)])] }),
		pageRequest({
			call,
			lookUp: ran(items.map(({ json }) => json)),
			samePayment: ran([items[0]!.json]),
			items,
		}),
		pageRequest({ call, findOut: ran(), items }),
		pageRequest({ call, findOut: ran(), items: [{ json: refused(text) }] }),
	].map((of) => makeThePage(of).html);
}

/** The elements of a page with the names of their attributes: what a browser makes of it, but for the texts. */
function skeleton(page: string): string {
	const body = page.slice(page.indexOf('</style>'));
	return [...body.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replace(/"[^"]*"/g, '""')).join('\n');
}

const HARMLESS = pagesWith('harmless').map(skeleton);

it.each(HOSTILE.map((text) => [text.slice(0, 60), text]))(
	'%s is escaped, wherever it appears',
	(_short, text) => {
		expect(pagesWith(text).map(skeleton)).toEqual(HARMLESS);
	},
);

it('outside text is escaped, wherever it appears', async () => {
	const signs = fc.string({
		unit: fc.constantFrom(...Array.from(`<>"'\`&/=!- ;:#\\\0\n\u2028\u202eaé😀`)),
		minLength: 1,
	});
	const text = fc.oneof(signs, fc.string({ minLength: 1 }), anyText({ minLength: 1 }));
	const property = fc.property(text, (anything) => {
		fc.pre(anything.trim() !== '');
		expect(pagesWith(anything).map(skeleton)).toEqual(HARMLESS);
	});
	await checkProperty('texts on the page', repeat(60, 1_000), property);
});

it.each([
	['https://dashboard.stripe.com/test/payments/pi_1', true],
	['https://dashboard.stripe.com.evil.example/', false],
	['https://dashboard.stripe.com@evil.example/', false],
	['http://dashboard.stripe.com/', false],
	[' https://dashboard.stripe.com/', false],
	['javascript:alert(1)//https://dashboard.stripe.com/', false],
	['data:text/html,<script>', false],
])('%s is a link: %s', (address, isLink) => {
	const { text } = dashboardLink(address)!;
	expect(text.includes('<a ')).toBe(isLink);
	expect(text).not.toContain('<script');
});

it('shortens long texts, and splits no character', () => {
	const { text } = html`${'😀'.repeat(5_000)}`;
	expect(text.length).toBeLessThan(520);
	expect(text.isWellFormed()).toBe(true);
});

it('an object as a value is not markup, whatever it contains', () => {
	expect(html`${{ text: '<b>' }}`.text).toBe('{&quot;text&quot;:&quot;&lt;b&gt;&quot;}');
});

it('describes an operation in plain words, and leaves its object unchanged', () => {
	expect(operationLabel('paymentIntent.create')).toBe('payment intent: create');
	expect(operationLabel('invoice.addLines in_1Sim0Z6Y8GwE')).toBe('invoice: add lines in_1Sim0Z6Y8GwE');
});

it('reports that nothing is unknown, and that there is nothing else to show', () => {
	const { html: page, status } = makeThePage(
		pageRequest({ whole: [ran([summaryOf('a', { states: {} })]), ran([{}]), ran([{}])] }),
	);
	expect(status).toBe(200);
	expect(page).toContain('Nothing is unknown.');
	expect(page).toContain('None.');
	expect(page).not.toContain('<article');
});

it('reports how many unknown entries are not shown', () => {
	const summary = summaryOf('a', { states: { unknown: 7 } });
	const { html: page } = makeThePage(
		pageRequest({ whole: [ran([summary]), ran([entryOf('a')]), ran([])] }),
	);
	expect(page).toContain('Showing the newest 1 of 7.');
});

it.each([0, 1, 2])('reports why the ledger cannot be read when node %d fails, once, with 503', (place) => {
	const down = refused('[Item 0] The ledger cannot be used', 'ledger_unavailable');
	const whole = [ran([summaryOf('a')]), ran([{}]), ran([{}])] as PageRequest['whole'];
	whole[place] = ran([{}], [down]);
	const { html: page, status } = makeThePage(
		pageRequest({ whole, items: place === 2 ? [] : [{ json: down }] }),
	);
	expect(status).toBe(503);
	expect(page.match(/role="alert"/g)).toHaveLength(1);
	expect(page).toContain('The ledger cannot be used');
	expect(page).not.toMatch(/Nothing is unknown|<strong><bdi>\[Item/);
});

it.each([
	['executed', 'succeeded', /Stripe executed it/],
	['executed', 'rejected', /Stripe rejected it/],
	['not_executed', 'released', /definitely did not execute it/],
	['already_resolved', 'succeeded', /The outcome was already known/],
	['inconclusive', 'unknown', /does not show what happened/],
	['stripe_unavailable', 'unknown', /could not be reached, or was not asked/],
	['in_progress', 'in_flight', /processing it right now/],
])('explains in plain words what %s means for %s', (finding, state, pattern) => {
	const retryAt = finding === 'inconclusive' ? EARLIER : null;
	const entry = entryOf('a', { state, reconciled: { finding, retryAt } });
	const { html: page } = makeThePage(pageRequest({ findOut: ran(), items: [{ json: entry }] }));
	expect(page).toMatch(pattern);
	expect(page.includes('Check again after')).toBe(retryAt !== null);
	// What is known needs no button any more.
	expect(page.includes('method="post"')).toBe(state === 'unknown');
});

it('an entry interrupted while sending is unknown, and can be reconciled', () => {
	const cut = entryOf('a', { state: 'in_flight', leaseExpired: true, leaseUntil: EARLIER });
	const { html: page } = makeThePage(pageRequest({ lookUp: ran([cut]) }));
	expect(page).toContain('Interrupted');
	expect(page).toContain('Check with Stripe');
});

it('shows which person resolved an entry', () => {
	const outcome = { kind: 'succeeded', message: 'seen in the dashboard', decidedBy: 'Ada' };
	const item = entryOf('A-1', { state: 'succeeded', outcome, cancellation: null });
	const { html: page } = makeThePage(pageRequest({ lookUp: ran([item]) }));
	expect(page).toContain('Succeeded: seen in the dashboard, found by Ada');
});

it('shows "sent again" only for entries sent more than once, with the number of sends', () => {
	const shown = (sends: number) => {
		const item = entryOf('A-1', { sends, lastSentAt: '2026-11-20T08:00:01.000Z', state: 'rejected' });
		return makeThePage(pageRequest({ lookUp: ran([item]) })).html;
	};
	expect(shown(1)).not.toContain('sent again');
	expect(shown(2)).toContain('sent again, 2 times in all');
});

it('reports an empty ledger, and shows no empty tables', () => {
	const empty = summaryOf('a', {
		entries: 0,
		states: {},
		waitingForApproval: 0,
		days: [],
		money: [],
		total: [],
	});
	const { html: page } = makeThePage(pageRequest({ whole: [ran([empty]), ran([]), ran([])] }));
	expect(page).toContain('The ledger has no entries yet');
	expect(page).not.toMatch(/<table|<figure|Nothing is unknown/);
});

it('counts one entry in the singular, and shows no alarm if nothing is unknown', () => {
	const one = summaryOf('a', { entries: 1, states: { succeeded: 1 }, waitingForApproval: 1 });
	const { html: page } = makeThePage(pageRequest({ whole: [ran([one]), ran([]), ran([])] }));
	expect(page.replace(/\s+/g, ' ')).toContain('1 entry in all, 1 is waiting for approval');
	expect(page).toContain('<li class="none">');
});

it('of many unknown entries shows ten at first, and the others on request', () => {
	const many = Array.from({ length: 200 }, (_, n) => entryOf(`A-${n}`));
	const summary = summaryOf('a', { entries: 230, states: { unknown: 230 } });
	const { html: page } = makeThePage(pageRequest({ whole: [ran([summary]), ran(many), ran([])] }));
	const [before, rest] = page.split('<details class="rest">');
	expect(before!.match(/<article/g)).toHaveLength(10);
	expect(rest!.match(/<article/g)).toHaveLength(190);
	expect(rest).toContain('190 more unknown');
	expect(page).toContain('Showing the newest 200 of 230');
});

it('labels a step of a bill as such, and links its bill', () => {
	const bill = `v1_${'b'.repeat(43)}`;
	const page = makeThePage(
		pageRequest({ lookUp: ran([entryOf('x', { fields: { bill: `n8n_${bill}_2` } })]) }),
	).html;
	expect(page).toContain('a step of a bill');
	expect(page).toContain(`href="?find=${bill}"`);
	const own = makeThePage(pageRequest({ lookUp: ran([entryOf('x', { fields: { bill: 'B-1' } })]) })).html;
	expect(own).toContain('bill B-1');
});

it('shows a code once if the message contains it already', () => {
	const outcome = {
		kind: 'unknown',
		message: 'The connection was closed (ECONNRESET)',
		code: 'ECONNRESET',
	};
	const page = makeThePage(pageRequest({ lookUp: ran([entryOf('x', { outcome, settledAt: null })]) })).html;
	expect(page).not.toContain('(ECONNRESET) (ECONNRESET)');
});

it('shows for a bill how many requests its steps took, and never "sent again"', () => {
	const item = entryOf('A-1', {
		operation: 'invoice.billCustomer',
		sends: 4,
		lastSentAt: '2026-11-20T08:00:01.000Z',
		state: 'succeeded',
	});
	const page = makeThePage(pageRequest({ lookUp: ran([item]) })).html;
	expect(page).not.toContain('sent again');
	expect(page).toContain('Attempt 2: the first step sent');
	expect(page).toContain('Attempt 2: the latest step sent, 4 requests in all');
});

it('shows for a success whether it was paid, and counts unpaid ones separately', () => {
	const item = entryOf('A-1', { state: 'succeeded', paymentState: 'requires_action' });
	const { html: looked } = makeThePage(pageRequest({ lookUp: ran([item]) }));
	expect(looked).toContain('Waiting for the customer');
	const money = [
		{ kind: 'payment', paymentState: 'paid', count: 2, money: '9.00 EUR', notMovedMoney: '0.00 EUR' },
		{ kind: 'payment', paymentState: 'unpaid', count: 1, money: '0.00 EUR', notMovedMoney: '5.00 EUR' },
	];
	const { html: whole } = makeThePage(
		pageRequest({ whole: [ran([summaryOf('a', { money })]), ran([{}]), ran([item])] }),
	);
	const rows = [...whole.matchAll(/<tr>.*?<\/tr>/gs)].map(([row]) => row.replace(/<[^>]*>|\s+/g, ' '));
	const messages = rows.map((row) => row.trim().split(/ {2,}/).join('|'));
	expect(messages).toContain('Payments|Paid|9.00 EUR|0.00 EUR|2');
	expect(messages).toContain('Payments|Not paid|0.00 EUR|5.00 EUR|1');
	expect(whole).toContain('Waiting for the customer');
});

it('draws and counts only the last thirty days', () => {
	const day = (name: string, state: string, entries: number) => {
		return { day: name, ...groupOf('a'), state, entries };
	};
	const days = [
		day(TODAY, 'succeeded', 5),
		day(TODAY, 'succeeded', 2),
		day(TODAY, 'unknown', 1),
		day('2026-10-26', 'released', 3),
		day('2026-10-25', 'rejected', 9),
	];
	const { text } = chart(summaryOf('a', { days }), NOW);
	expect(text.match(/<title>/g)).toHaveLength(30);
	expect(text).toContain('>2026-11-24: 7 Succeeded, 1 Unknown<');
	expect(text).toContain('>2026-10-26: 3 Other<');
	expect(text).not.toContain('2026-10-25');
	expect(text.match(/<rect/g)).toHaveLength(3);
});

it('draws moved and pending money, per day and currency, formatted for the currency', () => {
	const of = (day: string, currency: string, more: object) => ({
		day,
		...groupOf('charge.create'),
		state: 'succeeded',
		currency,
		amount: 0,
		notMoved: 0,
		...more,
	});
	const days = [
		of(TODAY, 'eur', { paymentState: 'paid', amount: 123_450, money: '1234.50 EUR' }),
		of(TODAY, 'eur', { state: 'unknown', paymentState: null, notMoved: 700, money: '0.00 EUR' }),
		of(TODAY, 'eur', { paymentState: 'refunded', amount: 50, money: '0.50 EUR' }),
		of(TODAY, 'eur', { state: 'rejected', paymentState: null, notMoved: 99, money: '0.00 EUR' }),
		of('2026-10-26', 'jpy', { paymentState: 'paid', amount: '9007199254740993', money: '9 JPY' }),
		of('2026-10-25', 'usd', { paymentState: 'paid', amount: 5, money: '0.05 USD' }),
	];
	const { text } = moneyChart(summaryOf('a', { days }), NOW);
	expect(text).toContain('>2026-11-24: 1 234.50 EUR Paid, 7.00 EUR Waiting, 0.50 EUR Refunded<');
	expect(text).toContain('>2026-10-26: 9 007 199 254 740 993 JPY Paid<');
	expect(text).not.toMatch(/USD|0\.99/);
	expect(text.match(/<svg/g)).toHaveLength(2);
	expect(text.match(/<rect/g)).toHaveLength(4);
	expect(moneyChart(summaryOf('a', { days: [] }), NOW).text).toContain('No money has moved');
});

it('shows a payment with its attempts, sends and objects, what was recorded later, and its refund', () => {
	const at = (minute: number) => `2026-11-20T08:0${minute}:00.000Z`;
	const paid = entryOf('A-1', {
		entryId: 'v1_charge',
		operation: 'paymentIntent.create',
		state: 'succeeded',
		attempt: 2,
		sends: 1,
		createdAt: at(0),
		firstSentAt: at(3),
		lastSentAt: at(3),
		settledAt: at(4),
		objectId: 'pi_2',
		cancellation: null,
		reservation: null,
		lateResponses: [],
		requestId: 'req_2',
		outcome: null,
		previousAttempts: [
			{
				attempt: 1,
				sends: 2,
				firstSentAt: at(1),
				settledAt: at(2),
				outcome: { kind: 'rejected', message: 'Declined', requestId: 'req_1' },
			},
		],
		paymentState: 'paid',
		payment: { object: 'pi_2', asOf: at(5) },
	});
	const refund = entryOf('A-1', {
		entryId: 'v1_refund',
		operation: 'refund.create',
		state: 'succeeded',
		attempt: 1,
		sends: 1,
		createdAt: at(6),
		firstSentAt: at(7),
		settledAt: at(8),
		objectId: 're_1',
		outcome: null,
		cancellation: null,
		reservation: null,
		lateResponses: [],
		previousAttempts: [],
		payment: { object: 're_1', asOf: at(8) },
	});
	const page = makeThePage(
		pageRequest({ lookUp: ran([paid]), samePayment: ran([paid, refund]), items: [{ json: refund }] }),
	);
	const [, note = ''] = /<ol class="story">(.*?)<\/ol>/s.exec(page.html) ?? [];
	const steps = [...note.matchAll(/<li.*?<\/li>/gs)].map(([step]) =>
		step.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' '),
	);
	expect(steps.map((step) => /(?:create) (.*?) A-1/.exec(step)?.[1])).toEqual([
		'First requested by a run',
		'Attempt 1: sent, 2 times in all',
		'Attempt 1: Declined',
		'Attempt 2: sent',
		'Succeeded',
		'Reported by Stripe later: Paid',
		'First requested by a run',
		'Attempt 1: sent',
		'Succeeded',
	]);
	expect(steps[4]).toMatch(/pi_2.*req_2/);
	expect(steps[8]).toContain('re_1');
	expect(page.html.match(/<article/g)).toHaveLength(2);
});

it('a payment without other related entries is not shown as an error', () => {
	const item = entryOf('A-1');
	const { html: page } = makeThePage(
		pageRequest({
			lookUp: ran([item]),
			samePayment: ran([{}], [refused('none')]),
			items: [{ json: {} }],
		}),
	);
	expect(page).not.toContain('role="alert"');
	expect(page).toContain('<article');
});

it('allows one stylesheet, and forms that submit to n8n only', () => {
	const pages = [1, 2].map(() => makeThePage(pageRequest()).html);
	const policies = pages.map((page) => /Content-Security-Policy"\s+content="([^"]*)"/.exec(page)?.[1]);
	for (const policy of policies) {
		expect(policy).toMatch(
			/^default-src 'none'; style-src 'nonce-\w{20,}'; form-action 'self' https:\/\/n8n\.example; base-uri 'none'$/,
		);
	}
	expect(policies[0]).not.toBe(policies[1]);
	const strange = pageRequest({ call: { webhookUrl: "https://a;script-src 'unsafe-inline'/" } });
	expect(makeThePage(strange).html).toContain("form-action 'self' https://a; base-uri 'none'");
});
