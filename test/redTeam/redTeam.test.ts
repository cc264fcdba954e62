import { repeat, sampleRows } from '../crash/soak';
import { approvals } from './approvals';
import { bills } from './bills';
import { checks } from './checks';
import { GUARDS } from './guards';
import { injection } from './injection';
import { outside } from './outside';
import { secrets } from './secrets';
import { tokens } from './tokens';
import type { Try } from './try';
import { AttackFixture } from './try';
import { webhooks } from './webhooks';

const GROUPS: Readonly<Record<string, readonly Try[]>> = {
	tokens,
	approvals,
	checks,
	bills,
	secrets,
	injection,
	webhooks,
	outside,
};

const isWhole = repeat(0, 1) === 1;
const ALL = Object.values(GROUPS).flat();
const provenGuards = new Set<string>();

/** In the short form, the tries that are the first ones to meet one of their guards. */
const PROVEN = new Set(
	ALL.filter(({ guards }) => {
		const isFirst = guards.some((guard) => !provenGuards.has(guard));
		for (const guard of guards) provenGuards.add(guard);
		return isWhole || isFirst;
	}),
);

/** In the short form, these and some of the others. */
const TRIED = new Set([...PROVEN, ...sampleRows(6, ALL)]);

let attack: AttackFixture;
beforeEach(async () => {
	attack = await AttackFixture.open();
});
afterEach(async () => {
	jest.restoreAllMocks();
	await attack.close();
});

describe.each(Object.entries(GROUPS))('hostile attempts: %s', (_group, tries) => {
	it.each(tries.filter((one) => TRIED.has(one)).map((one) => [one.name, one] as const))(
		'%s is blocked',
		async (_name, one) => {
			expect(await one.attempt(attack)).toBe(false);
		},
	);

	/** A try that could never come through proves nothing. */
	it.each(tries.filter((one) => PROVEN.has(one)).map((one) => [one.name, one] as const))(
		'%s succeeds if its guards are removed',
		async (_name, one) => {
			for (const guard of one.guards) GUARDS[guard]();
			expect(await one.attempt(attack)).toBe(true);
		},
	);
});

it('there are at least 150 attempts, each once, and every guard has one', () => {
	expect(ALL.length).toBeGreaterThanOrEqual(150);
	expect(new Set(ALL.map(({ name }) => name)).size).toBe(ALL.length);
	expect([...new Set(ALL.flatMap(({ guards }) => guards))].sort()).toEqual(Object.keys(GUARDS).sort());
});
