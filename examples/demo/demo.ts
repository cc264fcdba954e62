/**
 * Runs twenty orders on a bad day, and then the same workflow again: in n8n's own engine, against the Stripe
 * simulator, with the Local File ledger. Prints a proof line at the end, and exits with code 1 if any part of the
 * proof fails.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

import type { IDataObject } from 'n8n-workflow';

import type { Entry } from '../../ledger/model/entry';
import { Ledger } from '../../ledger/ledger';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import { systemTime } from '../../ledger/clock';
import { toMajorUnits } from '../../stripe/objects/money';
import { StripeSimulator } from '../../test/simulator/simulator';
import type { DemoOrder, RunOutputs } from './runWorkflow';
import { readOrders } from './runWorkflow';
import { formatTable } from './table';

const HOUR_MS = 3_600_000;

/** The faults of the first run. The declined card is in the orders themselves. */
const LOST_ANSWER = 'SO-24103';
const SERVER_FAULT = 'SO-24111';
const KILLED_AT = 'SO-24115';

async function main(): Promise<void> {
	const orders = readOrders();
	const folder = mkdtempSync(join(tmpdir(), 'stripe-idempotent-demo-'));
	const stripe = await StripeSimulator.start();
	try {
		console.log(
			`\n${orders.length} orders from examples/orders.csv, charged by examples/charge-orders-once.json.\n`,
		);

		// The request fails three times, so the node's two repeats do not help and the order waits for the next run.
		stripe.inject({ kind: 'resetAfter', times: 3, match: { metadata: { order_number: LOST_ANSWER } } });
		stripe.inject({
			kind: 'error500NotStored',
			times: 3,
			match: { metadata: { order_number: SERVER_FAULT } },
		});
		await firstRun(stripe, folder);
		const afterFirst = await ledgerOf(folder);
		const chargedFirst = new Set(stripe.report().charges.map(({ metadata }) => metadata.order_number));
		console.log(
			`First run: the response for ${LOST_ANSWER} is lost, ${SERVER_FAULT} gets a 500, a card is declined,\n` +
				`and n8n is killed (SIGKILL) after Stripe has charged ${KILLED_AT} and before n8n learns of it.\n` +
				'(Five orders are sent at a time, so later ones were charged before that.)',
		);

		stripe.advance(HOUR_MS);
		const outputs = JSON.parse(await runInProcess(stripe, folder, 1).output) as RunOutputs;
		const afterSecond = await ledgerOf(folder);
		console.log(
			'Second run: the same workflow with the same orders, one hour later (the clock is moved).\n',
		);

		console.log(formatTable(rowsOf(orders, afterFirst, afterSecond, outputs, chargedFirst)));
		prove(orders, stripe, outputs);
	} finally {
		await stripe.stop();
		rmSync(folder, { recursive: true, force: true });
	}
}

function runInProcess(stripe: StripeSimulator, folder: string, hoursLater: number) {
	const child = spawn(process.execPath, ['--require', 'tsx/cjs', join(__dirname, 'runWorkflow.ts')], {
		env: {
			...process.env,
			N8N_USER_FOLDER: folder,
			STRIPE_URL: stripe.url,
			HOURS_LATER: String(hoursLater),
		},
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const ended = new Promise<NodeJS.Signals | null>((resolve) =>
		child.once('exit', (_code, signal) => resolve(signal)),
	);
	return { child, ended, output: text(child.stdout) };
}

async function firstRun(stripe: StripeSimulator, folder: string): Promise<void> {
	const { child, ended } = runInProcess(stripe, folder, 0);
	const stop = stripe.onPoint(async ({ name, request }) => {
		const { metadata } = request.params as { metadata?: { order_number?: string } };
		if (name !== 'executed' || metadata?.order_number !== KILLED_AT) return;
		// The table then shows an entry whose response never arrived.
		await untilUnknown(folder, [LOST_ANSWER, SERVER_FAULT]);
		child.kill('SIGKILL');
		await ended;
	});
	const signal = await ended;
	stop();
	if (signal !== 'SIGKILL') throw new Error('The first run was to be killed, but it came to its end');
}

async function untilUnknown(folder: string, orders: readonly string[]): Promise<void> {
	for (;;) {
		const entries = await ledgerOf(folder);
		if (orders.every((order) => entries.get(order)?.state === 'unknown')) return;
		await sleep(20);
	}
}

async function ledgerOf(folder: string): Promise<Map<string, Entry>> {
	const store = SqliteStore.open(join(folder, '.n8n', 'idempotency.sqlite'));
	const entries = await new Ledger(store, systemTime).list({ limit: 1_000 });
	await store.close();
	return new Map(entries.map((entry) => [entry.fields[0]?.[1] ?? '', entry]));
}

function rowsOf(
	orders: readonly DemoOrder[],
	first: ReadonlyMap<string, Entry>,
	second: ReadonlyMap<string, Entry>,
	outputs: RunOutputs,
	/** Order numbers, as Stripe has them after the first run. */
	chargedFirst: ReadonlySet<string | undefined>,
): Record<string, string>[] {
	return orders.map(({ order_number, customer, amount, currency }, index) => {
		const entry = second.get(order_number);
		const { name, json } = leavingOf(outputs, index);
		return {
			Order: order_number,
			Customer: customer,
			Amount: `${amount} ${currency}`,
			'First run': afterFirstRun(first.get(order_number)),
			'Second run': afterSecondRun(json, chargedFirst.has(order_number)),
			Attempts: String(entry?.attempt ?? 0),
			Sends: String(entry?.sends ?? 0),
			'Output, 2nd run': name,
			Key: entry ? `${entry.key.slice(0, 14)}…` : '',
		};
	});
}

function leavingOf(outputs: RunOutputs, index: number): { name: string; json: IDataObject } {
	const labels: [keyof RunOutputs, string][] = [
		['Paid', 'Success'],
		['Tell Somebody', 'Fix'],
		['Run Again Later', 'Retry'],
	];
	for (const [node, name] of labels) {
		const item = outputs[node].find(({ pairedItem }) => (pairedItem as { item: number }).item === index);
		if (item) return { name, json: item.json };
	}
	return { name: 'none', json: {} };
}

function afterFirstRun(entry: Entry | undefined): string {
	if (!entry) return 'not begun';
	if (entry.state === 'in_flight') return 'killed while sending';
	if (entry.state === 'succeeded') return 'charged';
	const { statusCode, declineCode, code } = 'outcome' in entry ? entry.outcome : {};
	if (entry.state === 'rejected') return `declined (${declineCode ?? code ?? ''})`;
	if (entry.state === 'unknown') return statusCode ? `unknown (${statusCode})` : 'unknown (response lost)';
	return entry.state;
}

function afterSecondRun(json: IDataObject, wasCharged: boolean): string {
	const { idempotency, error } = json as {
		idempotency?: { replayed: boolean; source: string; paymentState: string };
		error?: { outcome: string };
	};
	if (error) return idempotency?.replayed ? 'declined before, not repeated' : error.outcome;
	// A succeeded request does not always mean that the money was paid.
	const { paymentState = '' } = idempotency ?? {};
	if (idempotency?.source === 'ledger') return 'known, Stripe not called';
	if (wasCharged) return 'Stripe had it: not charged again';
	return paymentState === 'paid' ? 'charged now' : paymentState;
}

/** Counts what really happened, on Stripe's side, and compares it with the orders. */
function prove(orders: readonly DemoOrder[], stripe: StripeSimulator, outputs: RunOutputs): void {
	const charges = stripe.report().charges;
	const charged = charges.map(({ metadata, amount, currency }) =>
		[metadata.order_number, toMajorUnits(String(amount), currency), currency].join(' '),
	);
	const declined = outputs['Tell Somebody'].length;
	const wanted = orders
		.filter((_, index) => leavingOf(outputs, index).name === 'Success')
		.map(({ order_number, amount, currency }) =>
			[order_number, amount, currency.toLowerCase()].join(' '),
		);
	const duplicates = charges.length - new Set(charges.map(({ metadata }) => metadata.order_number)).size;
	const missing = wanted.filter((order) => !charged.includes(order)).length;
	const unheard = charged.filter((order) => !wanted.includes(order)).length;
	const silent = orders.length - wanted.length - declined;
	const lost = missing + unheard + silent;
	console.log(
		'\nAttempts: keys used. Sends: requests to Stripe in both runs, all with that one key.\n' +
			'Lost: charges that no item reports, and orders that left through no output.\n\n' +
			`${orders.length} orders · ${charges.length} charges in Stripe · ${declined} declined · ` +
			`duplicates: ${duplicates} · lost: ${lost}\n`,
	);
	if (duplicates !== 0 || lost !== 0 || charges.length + declined !== orders.length) process.exitCode = 1;
}

void main();
