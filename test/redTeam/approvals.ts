import type { INodeParameters } from 'n8n-workflow';

import type { AgentStyle } from '../engine';
import { runAsTool } from '../engine';
import { withCustomKey, SECRET_KEY, STRIPE_NODE, ACCOUNT, toLocator } from '../nodes/fixtures/ordersFixture';
import type { RegistryOutputItem } from '../nodes/fixtures/registryFixture';
import { CLAIM_ORDER, decide, PAY, RESERVE } from '../nodes/fixtures/registryFixture';
import type { Guard } from './guards';
import type { AttackFixture, Try } from './try';

const NEEDS_APPROVAL = {
	limits: { limit: [{ currency: 'EUR', maxPerPayment: '100000', approvalAbove: '0' }] },
};
const DAY = 86_400_000;

const BY_TOKEN: INodeParameters = {
	...PAY,
	keySource: 'token',
	token: '={{ $json.token }}',
	amount: 1000,
	amountUnit: 'minor',
	paymentMethod: 'pm_card_visa',
};

function isPaid(
	name: string,
	before: (attack: AttackFixture) => Promise<unknown>,
	guards: readonly Guard[] = ['reservation'],
): Try {
	return {
		name: `a payment ${name}`,
		guards,
		attempt: async (attack) => {
			const { token } = (await before(attack)) as { token: string };
			return attack.sends(BY_TOKEN, { token });
		},
	};
}

const reservedThen =
	(then: (attack: AttackFixture, token: string) => Promise<unknown>, parameters: INodeParameters = {}) =>
	async (attack: AttackFixture) => {
		const { token } = await attack.reserve(parameters);
		await then(attack, token);
		return { token };
	};

const decided = (operation: 'deny' | 'revoke') =>
	reservedThen(async ({ registry }, token) => registry.one(decide(operation), { reservation: token }));

const STOP = { resource: 'token', operation: 'stop', by: 'Ada', reason: 'x' };

const withoutAYes: Try[] = [
	isPaid(
		'that waits for a person',
		reservedThen(async () => undefined, NEEDS_APPROVAL),
	),
	isPaid('that was denied', decided('deny'), ['decisions']),
	isPaid('whose token was taken back', decided('revoke'), ['decisions']),
	isPaid(
		'whose time is over',
		reservedThen(async ({ registry }) => registry.time.advance(2 * DAY)),
	),
	isPaid(
		'for which nobody has said yes in time',
		reservedThen(async ({ registry }) => registry.time.advance(30 * DAY), NEEDS_APPROVAL),
	),
	isPaid(
		'while tokens are stopped',
		reservedThen(async ({ registry }) => registry.one(STOP)),
		['stop'],
	),
	isPaid(
		'while everything is stopped',
		reservedThen(async ({ registry }) => registry.one({ ...STOP, width: 'everything' })),
		['stop'],
	),
];

/** 6.00 is asked about and not answered in time; then 10.00 is reserved for the same, and the first question is answered. */
function staleYes(name: string, answers: (asked: RegistryOutputItem) => unknown): Try {
	return isPaid(
		`for which only an earlier question was answered, by ${name}`,
		async (attack) => {
			const asked = await attack.reserve({ ...NEEDS_APPROVAL, amount: 600 });
			attack.registry.time.advance(30 * DAY);
			const { token } = await attack.reserve(NEEDS_APPROVAL);
			await attack.registry.run({ ...decide('approve'), reservation: String(answers(asked)) }, [{}]);
			return { token };
		},
		['whatWasAsked'],
	);
}

const staleAnswers: Try[] = [
	staleYes('its reservation', ({ reservation }) => (reservation as { id: string }).id),
];

/** What a model asks for that is a person's, with all that a person would fill in. */
const FILLED_IN = {
	by: 'the boss',
	findBy: 'field',
	fieldValue: '1',
	verdict: 'done',
	objectId: 'pi_1',
	mostEntries: 1,
	simplify: true,
};

function isDecided(resource: string, operation: string, agent: AgentStyle): Try {
	return {
		name: `a model (${agent}) that calls ${operation} of ${resource}`,
		guards: ['peoplesDecisions'],
		attempt: async (attack) => {
			const { token } = await attack.reserve(NEEDS_APPROVAL);
			const parameters = { ...FILLED_IN, resource, operation, reservation: "={{ $fromAI('token') }}" };
			const { reason } = await attack.callAsTool(parameters, { token }, agent);
			return reason !== 'not_for_models';
		},
	};
}

const STYLES: AgentStyle[] = ['engine', 'invoke'];

const byAModel: Try[] = STYLES.flatMap((agent) => [
	isDecided('token', 'approve', agent),
	isDecided('token', 'resume', agent),
	isDecided('entry', 'retry', agent),
	isDecided('entry', 'settle', agent),
	isDecided('entry', 'purge', agent),
	isDecided('entry', 'forget', agent),
]);

const FROM_AI = "={{ $fromAI('x') }}";
const limits = (row: INodeParameters) => ({
	limits: { limit: [{ currency: 'EUR', maxPerPayment: '100000', ...row }] },
});

/** The model gives itself what a person is to give. */
function chooses(name: string, parameters: INodeParameters, x: string): Try {
	return {
		name: `a model that chooses ${name}`,
		guards: ['modelsChoice'],
		attempt: async (attack) => {
			const own = {
				amount: 1000,
				amountUnit: 'minor',
				currency: 'EUR',
				customer: '',
				purpose: 'x',
				session: '',
			};
			const reserve = { ...RESERVE, ...own, agent: 'shop', ...withCustomKey('1'), ...parameters };
			return (await attack.callAsTool(reserve, { x }, 'engine')).token !== undefined;
		},
	};
}

const itsOwnLimits: Try[] = [
	chooses('how much one payment may be', limits({ maxPerPayment: FROM_AI }), '999999'),
	chooses('how much it may spend a day', limits({ maxPerDay: FROM_AI }), '999999'),
	chooses('from where on a person is asked', limits({ approvalAbove: FROM_AI }), '999999'),
	chooses('by the item how much one payment may be', limits({ maxPerPayment: '={{ $json.x }}' }), '999999'),
	chooses('its own name', { agent: FROM_AI }, 'somebody else'),
	chooses('its session', { session: FROM_AI }, 'a new one'),
	chooses('by the item its session', { session: '={{ $json.x }}' }, 'a new one'),
	...['$items()[0].json.x', '$thisItem.json.x', '$tool.parameters.x', '$item(0).$json.x'].map((code) =>
		chooses(`by ${code} its session`, { session: `={{ ${code} }}` }, 'a new one'),
	),
	chooses('by the input its session', { session: '={{ $input.item.json.x }}' }, 'a new one'),
	chooses('how often a session may reserve', { maxPerSession: FROM_AI }, '1000'),
	chooses('its customers', { allowedCustomers: FROM_AI, customer: 'cus_1' }, 'cus_1'),
	chooses('how long its token is good for', { options: { validForHours: FROM_AI } }, '1000'),
];

/** The same work again under another key, or in another ledger. */
function claimsWith(name: string, parameters: (folder: string) => INodeParameters, x: string): Try {
	return {
		name: `a model that chooses for a claim ${name}`,
		guards: ['modelsChoice'],
		attempt: async (attack) => {
			const claim = { ...CLAIM_ORDER, ...withCustomKey('1') };
			await attack.registry.one(claim);
			const own = { ...claim, ...parameters(attack.registry.fixture.folder) };
			return (await attack.callAsTool(own, { x }, 'engine')).outcome === 'proceed';
		},
	};
}

const itsOwnClaims: Try[] = [
	claimsWith('its action', () => ({ action: FROM_AI }), 'another name'),
	claimsWith('by the item its action', () => ({ action: '={{ $json.x }}' }), 'another name'),
	claimsWith('its world', () => ({ options: { environment: FROM_AI } }), 'test'),
	claimsWith('its ledger', (folder) => ({ ledgerFile: `=${folder}/{{ $fromAI('x') }}.sqlite` }), 'other'),
	claimsWith(
		'its key fields',
		() => ({ keySource: 'fields', keyFields: { field: [{ path: FROM_AI, treatAs: 'text' }] } }),
		'x',
	),
];

function paysWith(
	name: string,
	parameters: (folder: string) => INodeParameters,
	guards: readonly Guard[] = ['modelsChoice'],
): Try {
	return {
		name: `a model that chooses ${name}`,
		guards,
		attempt: async ({ registry }) => {
			const pay = {
				...BY_TOKEN,
				...withCustomKey('1'),
				token: '',
				...parameters(registry.fixture.folder),
			};
			const before = registry.fixture.stripe.sends().length;
			await toolCall(registry, pay);
			return registry.fixture.stripe.sends().length > before;
		},
	};
}

async function toolCall(registry: AttackFixture['registry'], parameters: INodeParameters): Promise<void> {
	const credential = { secretKey: SECRET_KEY, accountId: ACCOUNT, baseUrl: registry.fixture.stripe.url };
	const node = { type: STRIPE_NODE, parameters: registry.parameters(parameters) };
	await runAsTool(node, [{ x: 'acct_evil', json: '{"customer": "cus_evil"}' }], {
		...registry.runOptions({ credential }),
	});
}

const WITHOUT_TOKEN = { requireToken: false };

const itsOwnWay: Try[] = [
	paysWith('from which account it pays', () => ({ options: { ...WITHOUT_TOKEN, stripeAccount: FROM_AI } })),
	paysWith('by the item from which account', () => ({
		options: { ...WITHOUT_TOKEN, stripeAccount: '={{ $json.x }}' },
	})),
	paysWith(
		'by a field of its own from which account',
		() => ({
			paymentMethod: FROM_AI,
			options: { ...WITHOUT_TOKEN, stripeAccount: '={{ $parameter.paymentMethod }}' },
		}),
		['modelsChoice', 'valueKinds'],
	),
	paysWith(
		'another customer than the one that a person has fixed',
		() => ({
			customer: toLocator('id', 'cus_1'),
			additionalFields: { otherParameters: "={{ $fromAI('json') }}" },
			options: WITHOUT_TOKEN,
		}),
		['saidTwice'],
	),
	paysWith('another ledger', (folder) => ({
		ledgerFile: `=${folder}/{{ $fromAI('x') }}.sqlite`,
		options: WITHOUT_TOKEN,
	})),
];

export const approvals: Try[] = [
	...withoutAYes,
	...staleAnswers,
	...byAModel,
	...itsOwnLimits,
	...itsOwnClaims,
	...itsOwnWay,
];
