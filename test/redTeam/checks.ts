import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { CHARGE, EMPTY_CARD, STRIPE_NODE } from '../nodes/fixtures/ordersFixture';
import type { Guard } from './guards';
import type { AttackFixture, Try } from './try';

/** Something that is sent although nobody has approved it, where Approved Check is set. */

const OPTIONS = { afterRejection: 'newAttempt' } as const;
const CHECK: INodeParameters = { ...CHARGE, options: { ...OPTIONS, checkOnly: true } };
const SEND: INodeParameters = { ...CHARGE, options: { ...OPTIONS, approvedCheck: '={{ $json.check }}' } };

type Checked = IDataObject & { check: string };

async function check(
	{ registry }: AttackFixture,
	item: IDataObject,
	credential: IDataObject = {},
): Promise<Checked> {
	const { outputsOf } = await registry.run(CHECK, [item], { type: STRIPE_NODE, credential });
	return outputsOf[0]![0]! as unknown as Checked;
}

const pay = ({ registry }: AttackFixture, item: IDataObject, parameters: INodeParameters = CHARGE) =>
	registry.run(parameters, [item], { type: STRIPE_NODE });

const ORDER = { order: '1', amount: 1000 };

function isSent(
	name: string,
	slip: (attack: AttackFixture) => Promise<IDataObject>,
	{
		guards = ['whatWasChecked'],
		...how
	}: { guards?: readonly Guard[]; parameters?: INodeParameters; credential?: IDataObject } = {},
): Try {
	return {
		name: `a payment with ${name}`,
		guards,
		attempt: async (attack) => attack.sends(how.parameters ?? SEND, await slip(attack), how.credential),
	};
}

const changed = (name: string, values: IDataObject) =>
	isSent(name, async (attack) => ({ ...(await check(attack, ORDER)), ...values }));

const withText = (
	name: string,
	change: (text: string) => unknown,
	guards: readonly Guard[] = ['isChecked', 'onlyChecked', 'foundNothing'],
) =>
	isSent(
		name,
		async (attack) => {
			const item = await check(attack, ORDER);
			return { ...item, check: change(item.check) as string };
		},
		{ guards },
	);

const declined = { ...ORDER, card: EMPTY_CARD };

export const checks: Try[] = [
	changed('a larger amount than was checked', { amount: 100_000 }),
	changed('a smaller amount than was checked', { amount: 999 }),
	changed('another currency than was checked', { currency: 'GBP' }),
	changed('another card than was checked', { card: 'pm_card_mastercard' }),
	changed('the check of another order', { order: '2' }),
	isSent('the check of another account', (attack) =>
		check(attack, ORDER, { accountId: 'acct_other', secretKey: 'rk_test_noaccount' }),
	),
	isSent('a check that was made without the HMAC secret', (attack) => check(attack, ORDER), {
		credential: { keySecret: 'a long secret of the shop' },
	}),
	isSent('the check of what was done before, once it is forgotten', async (attack) => {
		await pay(attack, ORDER);
		const checked = await check(attack, ORDER);
		attack.registry.time.advance(500 * 86_400_000);
		await pay(attack, { order: 'that lets the old one be forgotten' });
		return checked;
	}),
	isSent('the check of a conflict that is none any more', async (attack) => {
		await pay(attack, { ...ORDER, amount: 2000 });
		const checked = await check(attack, ORDER);
		attack.registry.time.advance(500 * 86_400_000);
		await pay(attack, { order: 'that lets the old one be forgotten' });
		return checked;
	}),
	isSent('the check of an attempt that was declined since', async (attack) => {
		const checked = await check(attack, declined);
		await pay(attack, declined);
		return checked;
	}),
	isSent('the check of a declined attempt, after the next one was declined', async (attack) => {
		const checked = await check(attack, declined);
		await pay(attack, checked, SEND);
		await pay(attack, declined, { ...CHARGE, options: OPTIONS });
		return checked;
	}),
	isSent('the check of the amount before it was corrected', async (attack) => {
		const checked = await check(attack, declined);
		await pay(attack, checked, SEND);
		return { ...checked, amount: 2000 };
	}),
	withText('no check', () => undefined),
	withText('null for a check', () => null),
	withText('a blank check', () => '  '),
	withText('a check that was cut off', (text) => text.slice(0, 60)),
	withText('two checks', (text) => [text, text]),
	withText('a yes for a check', () => true),
	withText('the check of another version', (text) => text.replace('check1', 'check2')),
	withText('a check with its parts swapped', (text) => text.replace(/(_\w+?_)(.{8})(.{8})/, '$1$3$2'), [
		'whatWasChecked',
	]),
	withText('a check that was made earlier than it says', (text) => text.replace(/_\w+?_/, '_t00000_'), [
		'whatWasChecked',
	]),
	withText('a check that ends otherwise', (text) => `${text.slice(0, -3)}xyz`, ['whatWasChecked']),
	isSent('an option that finds nothing', (attack) => check(attack, ORDER), {
		guards: ['isChecked', 'onlyChecked', 'foundNothing'],
		parameters: { ...CHARGE, options: { ...OPTIONS, approvedCheck: '={{ $json.approval?.check }}' } },
	}),
	isSent('an option that was left empty', (attack) => check(attack, ORDER), {
		guards: ['isChecked', 'onlyChecked', 'foundNothing'],
		parameters: { ...CHARGE, options: { ...OPTIONS, approvedCheck: '' } },
	}),
	isSent('a check that a model fills in', (attack) => check(attack, ORDER), {
		guards: ['modelsChoice'],
		parameters: {
			...CHARGE,
			options: { ...OPTIONS, approvedCheck: '={{ /* $fromAI("check") */ $json.check }}' },
		},
	}),
];
