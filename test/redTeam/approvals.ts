import type { INodeParameters } from 'n8n-workflow';

import type { AgentStyle } from '../engine';
import { runAsTool } from '../engine';
import { keyOf, SECRET_KEY, STRIPE_NODE, ACCOUNT } from '../nodes/stripeNode';
import type { Left } from '../nodes/registryNode';
import { decide, PAY, RESERVE } from '../nodes/registryNode';
import type { Guard } from './guards';
import type { Scene, Try } from './try';

const NEEDS_APPROVAL = {
	limits: { limit: [{ currency: 'EUR', maxPerPayment: '100000', approvalAbove: '0' }] },
};
const DAY = 86_400_000;

const BY_TOKEN: INodeParameters = {
	...{ ...PAY, keySource: 'token', token: '={{ $json.token }}', amount: 1000, amountUnit: 'minor' },
	paymentMethod: 'pm_card_visa',
};

function isPaid(
	name: string,
	before: (scene: Scene) => Promise<unknown>,
	guards: readonly Guard[] = ['reservation'],
): Try {
	return {
		name: `a payment ${name}`,
		guards,
		attempt: async (scene) => {
			const { token } = (await before(scene)) as { token: string };
			return scene.sends(BY_TOKEN, { token });
		},
	};
}

const reservedThen =
	(then: (scene: Scene, token: string) => Promise<unknown>, parameters: INodeParameters = {}) =>
	async (scene: Scene) => {
		const { token } = await scene.reserved(parameters);
		await then(scene, token);
		return { token };
	};

const decided = (operation: 'deny' | 'revoke') =>
	reservedThen(async ({ desk }, token) => desk.one(decide(operation), { reservation: token }));

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
		reservedThen(async ({ desk }) => desk.time.advance(2 * DAY)),
	),
	isPaid(
		'for which nobody has said yes in time',
		reservedThen(async ({ desk }) => desk.time.advance(30 * DAY), NEEDS_APPROVAL),
	),
	isPaid(
		'while tokens are stopped',
		reservedThen(async ({ desk }) => desk.one(STOP)),
		['stop'],
	),
	isPaid(
		'while everything is stopped',
		reservedThen(async ({ desk }) => desk.one({ ...STOP, width: 'everything' })),
		['stop'],
	),
];

/** 6.00 is asked about and not answered in time; then 10.00 is reserved for the same, and the first question is answered. */
function staleYes(name: string, answers: (asked: Left) => unknown): Try {
	return isPaid(
		`for which only an earlier question was answered, by ${name}`,
		async (scene) => {
			const asked = await scene.reserved({ ...NEEDS_APPROVAL, amount: 600 });
			scene.desk.time.advance(30 * DAY);
			const { token } = await scene.reserved(NEEDS_APPROVAL);
			await scene.desk.run({ ...decide('approve'), reservation: String(answers(asked)) }, [{}]);
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
	...{
		by: 'the boss',
		findBy: 'field',
		fieldValue: '1',
		verdict: 'done',
		objectId: 'pi_1',
		mostEntries: 1,
	},
	simplify: true,
};

function isDecided(resource: string, operation: string, agent: AgentStyle): Try {
	return {
		name: `a model (${agent}) that calls ${operation} of ${resource}`,
		guards: ['peoplesDecisions'],
		attempt: async (scene) => {
			const { token } = await scene.reserved(NEEDS_APPROVAL);
			const parameters = { ...FILLED_IN, resource, operation, reservation: "={{ $fromAI('token') }}" };
			const { reason } = await scene.told(parameters, { token }, agent);
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
		attempt: async (scene) => {
			const own = {
				amount: 1000,
				amountUnit: 'minor',
				currency: 'EUR',
				customer: '',
				purpose: 'x',
				session: '',
			};
			const reserve = { ...RESERVE, ...own, agent: 'shop', ...keyOf('1'), ...parameters };
			return (await scene.told(reserve, { x }, 'engine')).token !== undefined;
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
	chooses('by the input its session', { session: '={{ $input.item.json.x }}' }, 'a new one'),
	chooses('how often a session may reserve', { maxPerSession: FROM_AI }, '1000'),
	chooses('its customers', { allowedCustomers: FROM_AI, customer: 'cus_1' }, 'cus_1'),
	chooses('how long its token is good for', { options: { validForHours: FROM_AI } }, '1000'),
];

function paysWith(name: string, parameters: (folder: string) => INodeParameters): Try {
	return {
		name: `a model that chooses ${name}`,
		guards: ['modelsChoice'],
		attempt: async ({ desk }) => {
			const pay = { ...BY_TOKEN, ...keyOf('1'), token: '', ...parameters(desk.setting.folder) };
			const before = desk.setting.stripe.sends().length;
			await toolCall(desk, pay);
			return desk.setting.stripe.sends().length > before;
		},
	};
}

async function toolCall(desk: Scene['desk'], parameters: INodeParameters): Promise<void> {
	const credential = { secretKey: SECRET_KEY, accountId: ACCOUNT, baseUrl: desk.setting.stripe.url };
	const node = { type: STRIPE_NODE, parameters: desk.parameters(parameters) };
	await runAsTool(node, [{ x: 'acct_evil' }], { ...desk.runOptions({ credential }) });
}

const WITHOUT_TOKEN = { requireToken: false };

const itsOwnWay: Try[] = [
	paysWith('from which account it pays', () => ({ options: { ...WITHOUT_TOKEN, stripeAccount: FROM_AI } })),
	paysWith('by the item from which account', () => ({
		options: { ...WITHOUT_TOKEN, stripeAccount: '={{ $json.x }}' },
	})),
	paysWith('another ledger', (folder) => ({
		...{ ledgerFile: `=${folder}/{{ $fromAI('x') }}.sqlite`, options: WITHOUT_TOKEN },
	})),
];

export const approvals: Try[] = [...withoutAYes, ...staleAnswers, ...byAModel, ...itsOwnLimits, ...itsOwnWay];
