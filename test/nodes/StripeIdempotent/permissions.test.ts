import type { IDataObject } from 'n8n-workflow';

import { completeDescriptions } from '../../../nodes/StripeIdempotent/operationTexts';
import { listNeeds } from '../../../nodes/StripeIdempotent/permissionVerdicts';
import { STRIPE_RESOURCES } from '../../../nodes/StripeIdempotent/operations';
import type { StripeOperation } from '../../../nodes/StripeIdempotent/operations/operation';
import { ParameterReader } from '../../../nodes/shared/parameters/parameterReader';
import { describePermission, findPermission } from '../../../stripe/api/permissions';
import { sampleRows } from '../../crash/soak';
import { operationOf, prepareItem } from '../../scenarios/operationSample';
import { OPERATION_SAMPLES } from '../../scenarios/operationSamples';
import { ACCOUNT, CHARGE, OrdersFixture, toLocator } from '../fixtures/ordersFixture';

const RESTRICTED = 'rk_test_restricted';

const OPERATIONS = STRIPE_RESOURCES.flatMap((resource) =>
	resource.operations.map((operation) => ({
		name: `${resource.value}.${operation.value}`,
		resource,
		operation,
	})),
);

function needsOf(name: string): string[] {
	const found = OPERATIONS.find((one) => one.name === operationOf(name))!;
	return listNeeds(found.resource, found.operation).map(({ name: of, access }) => `${of}_${access}`);
}

/** What may ask for anything, and what finds out what may be asked for. */
const WITHOUT_PERMISSION = ['customApiCall.request', 'account.checkPermissions'];

/** Of which Stripe's reference names no permission: its 403 names it. */
const UNNAMED = ['creditGrant'];

/** Fills in an ID wherever one is asked for. */
const ANY_ID: ParameterReader = new Proxy(Object.create(ParameterReader.prototype) as ParameterReader, {
	get: () => () => 'x_1',
});

function methodOf(operation: StripeOperation): 'GET' | 'POST' | 'DELETE' {
	if (operation.kind === 'write') return typeof operation.method === 'string' ? operation.method : 'POST';
	return operation.kind === 'read' ? (operation.method ?? 'GET') : 'GET';
}

const withPermissions = async (permissions: readonly string[], credential: IDataObject = {}) =>
	await OrdersFixture.open({
		permissions: { [RESTRICTED]: permissions },
		credential: { secretKey: RESTRICTED, accountId: ACCOUNT, ...credential },
	});

describe('the permission that an operation requires of a restricted key', () => {
	it.each(
		OPERATIONS.filter(
			({ resource, operation }) =>
				!['customApiCall', ...UNNAMED].includes(resource.value) && operation.kind !== 'report',
		),
	)('is that of its request: $name', ({ resource, operation }) => {
		const path = operation.path(ANY_ID);
		expect(listNeeds(resource, operation)).toContainEqual(
			findPermission({ method: methodOf(operation), path }),
		);
	});

	const samples = [...OPERATION_SAMPLES].filter(
		([name, { ageMs }]) =>
			!['customApiCall', ...UNNAMED].includes(name.split('.')[0] ?? '') && ageMs === undefined,
	);
	it.each(sampleRows(8, samples))('is enough: %s', async (name, sample) => {
		const fixture = await withPermissions(needsOf(name));
		const made = await prepareItem(sample, fixture.stripe);
		const [resource, operation] = operationOf(name).split('.');
		const key = { keySource: 'custom', customKey: 'order-1' };
		const { success, fix, retry } = await fixture.run(
			{ resource, operation, ...sample.parameters, ...key },
			[{ order: '1', ...made }],
		);
		await fixture.close();
		expect([...fix, ...retry]).toEqual([]);
		expect(success).toHaveLength(1);
	});

	it('is in its description', () => {
		const described = completeDescriptions(STRIPE_RESOURCES).flatMap(({ operations }) => operations);
		for (const [position, { resource, operation }] of OPERATIONS.entries()) {
			const needs = listNeeds(resource, operation).map(describePermission).join(', ');
			const { description } = described[position]!;
			const { description: plain } = operation;
			expect(description.startsWith(plain)).toBe(true);
			if (needs !== '') expect(description.endsWith(`. Restricted key: ${needs}.`)).toBe(true);
		}
		expect(described.filter(({ description }) => description.includes('. Restricted key: ')).length).toBe(
			OPERATIONS.filter(({ resource }) => !UNNAMED.includes(resource.value)).length -
				WITHOUT_PERMISSION.length,
		);
	});
});

describe('a 403', () => {
	let fixture: OrdersFixture;
	afterEach(() => fixture.close());

	it('names the permission to add in the dashboard, and charges once it is added', async () => {
		const permissions = ['payment_intent_read'];
		fixture = await withPermissions(permissions);
		const { fix } = await fixture.run(CHARGE, [{ order: '1' }]);
		expect(fix[0]!.error).toMatchObject({
			outcome: 'unauthorized',
			nextStep: expect.stringMatching(
				/^The restricted key lacks Payment intents: Write\. Add it in the Stripe dashboard, under Developers → API keys/,
			) as string,
		});
		permissions.push('payment_intent_write');
		const { success } = await fixture.run(CHARGE, [{ order: '1' }]);
		expect(success).toHaveLength(1);
		expect(fixture.charges()).toBe(1);
	});

	it('is derived from the request if Stripe names no permission', async () => {
		fixture = await withPermissions(['payment_intent_write']);
		fixture.simulator.inject({ kind: 'forbidden403' });
		const { fix } = await fixture.run({ ...CHARGE, options: { maxRetries: 0 } }, [{ order: '1' }]);
		expect(fix[0]!.error.nextStep).toMatch(/^The restricted key lacks Payment intents: Write\./);
	});

	it('of a preliminary or pure read names its permission', async () => {
		fixture = await withPermissions(['charge_write']);
		const refund = {
			resource: 'refund',
			operation: 'create',
			refundOf: 'paymentIntent',
			paymentIntent: toLocator('id', 'pi_1'),
			amount: '1.00',
			amountUnit: 'major',
			keySource: 'custom',
			customKey: 'r1',
		};
		const refused = await fixture.run(refund, [{}]);
		expect(refused.fix[0]!.error.nextStep).toMatch(/^The restricted key lacks Payment intents: Read\./);
		const read = await fixture.run({ resource: 'customer', operation: 'getMany' }, [{}]);
		expect(read.fix[0]!.error.nextStep).toMatch(/^The restricted key lacks Customers: Read\./);
	});
});
