import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { MONEY_POINTS, TRACE_POINTS } from '../../ledger/tracing';
import type { TraceMessage, TracePoint } from '../../ledger/tracing';
import { STRIPE_RESOURCES } from '../../nodes/StripeIdempotent/operations';
import { completeDescriptions } from '../../nodes/StripeIdempotent/operationTexts';
import { UNRESOLVABLE } from '../../nodes/StripeIdempotent/operations/unresolvable';
import { repeat } from '../crash/soak';
import { NodeFixture } from '../nodes/fixtures/nodeFixture';
import type { NodeRun } from '../nodes/fixtures/nodeFixture';
import { stripeAt } from '../simulator/client';
import type { FaultKind } from '../simulator/fault';
import type { RecordedRequest } from '../simulator/request';
import { CrashPlan } from './crashPlan';
import { operationOf, prepareItem } from './operationSample';
import { OPERATION_SAMPLES } from './operationSamples';

const HOUR_MS = 3_600_000;
const JOURNEY = 'n8n-nodes-stripe-idempotent';

/** What happens to the first send, or to the process, and when the workflow runs again. */
interface Scenario {
	fault?: FaultKind;
	crash?: TracePoint;
	laterMs: number;
}

const LATER = [0.1, 26].map((hours) => hours * HOUR_MS);
const SCENARIOS: readonly Scenario[] = LATER.flatMap((laterMs): Scenario[] => [
	...(['resetAfter', 'resetBefore'] as const).map((fault) => ({ fault, laterMs })),
	...[...TRACE_POINTS, ...MONEY_POINTS].map((crash) => ({ crash, laterMs })),
]);

const OPERATIONS = STRIPE_RESOURCES.flatMap(({ value: resource, operations }) =>
	operations.flatMap(({ kind, value }) => (kind === 'write' ? [`${resource}.${value}`] : [])),
);
const SAMPLED = [...OPERATION_SAMPLES.keys()];
const isWhole = repeat(0, 1) === 1;

/** Where all hangs on whether what was done is found in Stripe: a lost answer, after the key is forgotten there. */
const isLookedFor = ({ fault, laterMs }: Scenario) => fault === 'resetAfter' && laterMs === LATER[1];

/** `npm test` runs every fifth operation with each scenario in turn, and every fifth with this one. */
const isItsOwn = (scenario: Scenario, nth: number, row: number) =>
	row % 5 === 0 ? nth === (row / 5) % SCENARIOS.length : row % 5 === 2 && isLookedFor(scenario);

/** The soak runs each with all of them. */
const CASES = SAMPLED.flatMap((name, row) =>
	SCENARIOS.filter((scenario, nth) => isWhole || isItsOwn(scenario, nth, row)).map(
		(scenario) => [name, describeScenario(scenario), scenario] as const,
	),
);

let fixture: NodeFixture;
let crashPlan: CrashPlan;
/** What the node has had Stripe do. */
let done: RecordedRequest[];
beforeAll(async () => {
	fixture = await NodeFixture.start();
	crashPlan = new CrashPlan();
	fixture.stripe.onPoint(({ name, request }) => {
		if (name === 'executed' && isOurs(request)) done.push(request);
	});
});
afterAll(async () => {
	crashPlan.stop();
	await fixture.stop();
});

it('each scenario is tested with some operation', () => {
	expect(new Set(CASES.map(([, scenario]) => scenario)).size).toBe(SCENARIOS.length);
});

it('each write operation has a sample', () => {
	expect(OPERATIONS.filter((name) => !OPERATION_SAMPLES.has(name))).toEqual([]);
	expect(SAMPLED.map(operationOf).filter((name) => !OPERATIONS.includes(name))).toEqual([]);
	expect([...UNRESOLVABLE.keys()].filter((name) => !OPERATIONS.includes(name))).toEqual([]);
	expect(UNRESOLVABLE.size).toBe(6);
	const described = completeDescriptions(STRIPE_RESOURCES).flatMap(({ value: resource, operations }) =>
		operations.map(({ value, description }) => [`${resource}.${value}`, description] as const),
	);
	const saying = described.filter(([, text]) => text.includes('a person may have to decide'));
	expect(saying.map(([name]) => name).sort()).toEqual([...UNRESOLVABLE.keys()].sort());
});

it.each(CASES)('%s has one effect: %s', async (name, described, scenario) => {
	const { effects, last } = await runScenario(name, described, scenario);
	const sample = OPERATION_SAMPLES.get(name)!;
	// What has ended by itself meanwhile is refused, or is as it was to be.
	const isUnresolved = (hasFailed(last) && UNRESOLVABLE.has(operationOf(name))) || sample.isPerishable;
	const { requests = 1 } = sample;
	if (isUnresolved) expect(effects.length).toBeLessThanOrEqual(requests);
	else expect([effects.length, last.success.length, whyNot(last)]).toEqual([requests, 1, undefined]);
});

it.each([...UNRESOLVABLE.keys()])('%s is left to a person if Stripe does not show it', async (name) => {
	const ends = [];
	for (const fault of ['resetAfter', 'resetBefore'] as const) {
		const scenario = { fault, laterMs: LATER[1]! };
		const { effects, last } = await runScenario(
			name,
			`unresolved: ${describeScenario(scenario)}`,
			scenario,
		);
		expect(effects.length).toBeLessThanOrEqual(1);
		ends.push(hasFailed(last));
	}
	expect(ends).toContain(true);
});

async function runScenario(name: string, described: string, scenario: Scenario) {
	const sample = OPERATION_SAMPLES.get(name)!;
	done = [];
	fixture.stripe.clearFaults();
	const order = `${name} ${described}`;
	const made = await prepareItem(sample, stripeAt(fixture.stripe, 'sk_test_operations'));
	const item = { order, amount: 300, ...made };
	fixture.time.advance(sample.ageMs ?? 0);
	await runFirst(name, item, scenario);
	fixture.time.advance(scenario.laterMs);
	await run(name, item);
	// What a killed process has met is believed to be absent after three days.
	fixture.time.advance(74 * HOUR_MS);
	const last = await run(name, item);
	const effects = done.filter(({ status, replayed }) => !replayed && (status ?? 200) < 300);
	return { effects, last };
}

const hasFailed = ({ retry, fix }: NodeRun) => retry.length + fix.length > 0;

function whyNot({ fix, retry }: NodeRun): unknown {
	return [...fix, ...retry][0]?.json.error?.message;
}

async function runFirst(name: string, item: Item, { fault, crash }: Scenario): Promise<void> {
	let crashed: string | undefined;
	const onTrace = (message: unknown) => {
		const { entryId } = message as TraceMessage;
		if (crash && crashed === undefined) crashPlan.schedule((crashed = entryId), crash);
		if ((message as TraceMessage).point === crash) crashPlan.reach(crash, entryId);
		// What is dead sends nothing.
		if (crashed !== undefined && crashPlan.hasCrashed(crashed)) injectForOurs('resetBefore');
	};
	if (fault) injectForOurs(fault);
	subscribe(JOURNEY, onTrace);
	try {
		await run(name, item);
	} finally {
		unsubscribe(JOURNEY, onTrace);
		if (crashed !== undefined) crashPlan.finish(crashed);
		fixture.stripe.clearFaults();
	}
}

function injectForOurs(kind: FaultKind): void {
	for (const method of ['POST', 'DELETE']) fixture.stripe.inject({ kind, match: { method } });
}

interface Item {
	[name: string]: string | number;
	order: string;
	amount: number;
}

function run(name: string, item: Item): Promise<NodeRun> {
	const [resource = '', operation = ''] = operationOf(name).split('.');
	const row = STRIPE_RESOURCES.find(({ value }) => value === resource)?.operations.find(
		({ value }) => value === operation,
	);
	const isTerminal = row?.kind === 'write' && row.class === 'terminal';
	const keySource = isTerminal ? 'object' : 'fields';
	const own = { amount: '', paymentMethod: '', ...OPERATION_SAMPLES.get(name)!.parameters };
	return fixture.run([item], { parameters: { resource, operation, keySource, ...own } });
}

function isOurs({ method, key }: RecordedRequest): boolean {
	return method === 'DELETE' || key?.startsWith('n8n_') === true;
}

function describeScenario({ fault, crash, laterMs }: Scenario): string {
	return `${fault ?? `crash when ${crash ?? ''}`}, ${laterMs / HOUR_MS} h later`;
}
