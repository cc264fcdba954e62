import { buildEvent, SECRET, signBody, TriggerFixture } from '../nodes/fixtures/triggerFixture';
import type { Guard } from './guards';
import type { Try } from './try';

const MINUTE = 60_000;

/** @param header of a delivery whose own signature is given */
function isTaken(
	name: string,
	guards: readonly Guard[],
	header: (body: string, valid: string) => string,
): Try {
	return {
		name: `a delivery ${name}`,
		guards,
		attempt: async () => {
			const fixture = await TriggerFixture.open();
			try {
				const body = JSON.stringify(buildEvent());
				const { items } = await fixture.deliverRaw(body, {
					'stripe-signature': header(body, signBody(body)),
				});
				return items !== undefined;
			} finally {
				await fixture.close();
			}
		},
	};
}

const ZEROS = '0'.repeat(64);
const timeOf = (valid: string) => valid.split(',')[0]!;
const v1Of = (valid: string) => valid.split(',')[1]!;

const FORGED: Guard[] = ['signature'];
const MALFORMED: Guard[] = ['signature', 'signatureHeader'];

export const webhooks: Try[] = [
	isTaken('with a forged signature', FORGED, (_, valid) => `${timeOf(valid)},v1=${ZEROS}`),
	isTaken('signed with another secret', FORGED, (body) => signBody(body, 'whsec_other')),
	isTaken('signed with a part of the secret', FORGED, (body) => signBody(body, SECRET.slice(0, -1))),
	isTaken('with the signature of another body', FORGED, () => signBody('{}')),
	isTaken('with the signature of a body that is longer', FORGED, (body) => signBody(`${body} `)),
	isTaken(
		'with the signature of another time',
		FORGED,
		(_, valid) => `t=${Math.floor(Date.now() / 1000) - 7},${v1Of(valid)}`,
	),
	isTaken(
		'with many forged signatures',
		FORGED,
		(_, valid) => `${timeOf(valid)}${`,v1=${ZEROS}`.repeat(10)}`,
	),
	isTaken('that is played again after six minutes', ['signatureAge'], (body) =>
		signBody(body, SECRET, 6 * MINUTE),
	),
	isTaken('that is played again after a year', ['signatureAge'], (body) =>
		signBody(body, SECRET, 525_600 * MINUTE),
	),
	isTaken('with an empty v1=', MALFORMED, (_, valid) => `${timeOf(valid)},v1=`),
	isTaken('with half a signature', MALFORMED, (_, valid) => valid.slice(0, -32)),
	isTaken('with a longer signature', MALFORMED, (_, valid) => `${valid}00`),
	isTaken(
		'with a signature in capitals',
		MALFORMED,
		(_, valid) => `${timeOf(valid)},v1=${v1Of(valid).slice(3).toUpperCase()}`,
	),
	isTaken('of another scheme', MALFORMED, (_, valid) => valid.replace('v1=', 'v0=')),
	isTaken('without a time', MALFORMED, (_, valid) => v1Of(valid)),
	isTaken('with two times', MALFORMED, (_, valid) => `t=1,${valid}`),
	isTaken('with a time that is no number', MALFORMED, (_, valid) => `t=now,${v1Of(valid)}`),
	isTaken('with an endless time', MALFORMED, (_, valid) => `t=${'9'.repeat(400)},${v1Of(valid)}`),
	isTaken('with nonsense for a signature', MALFORMED, () => 'nonsense'),
	isTaken(
		'with a thousand forged signatures',
		MALFORMED,
		(_, valid) => `${timeOf(valid)}${`,v1=${ZEROS}`.repeat(1_000)}`,
	),
];
