import type { INodeParameters } from 'n8n-workflow';

import { CHARGE, EMPTY_CARD, OrdersFixture } from '../../fixtures/ordersFixture';
import { CLAIM_ORDER, REGISTRY_NODE, RegistryFixture, RESERVE } from '../../fixtures/registryFixture';
import { runNode } from '../../../engine';

const ON = { alwaysOutputData: true };

describe('Always Output Data, with which n8n emits an empty item if nothing succeeded,', () => {
	it('keeps a payment from being sent, with a message', async () => {
		const fixture = await OrdersFixture.open();
		const { items, error } = await fixture.run(CHARGE, [{ order: '1', card: EMPTY_CARD }], { node: ON });
		expect(items.flat()).toEqual([]);
		expect(error?.message).toMatch(/lets an empty item out through Success/);
		expect(error?.description).toMatch(/Nothing was sent\. Switch Always Output Data off/);
		expect(fixture.simulator.sends()).toEqual([]);
		await fixture.close();
	});

	it('is reported if On Error would pass on all items unchanged', async () => {
		const fixture = await OrdersFixture.open();
		const node = { ...ON, onError: 'continueRegularOutput' as const };
		const { success, hints } = await fixture.run(CHARGE, [{ order: '1' }], { node });
		expect(success).toHaveLength(1);
		expect(hints('Node').map(({ message }) => message)).toContainEqual(
			expect.stringMatching(/lets an empty item out through Success/),
		);
		await fixture.close();
	});

	it('is fine for a read, and if nothing is sent', async () => {
		const fixture = await OrdersFixture.open();
		const node = ON;
		const list: INodeParameters = { resource: 'customer', operation: 'getMany' };
		expect((await fixture.run(list, [{}], { node })).success).toEqual([{}]);
		const checked = await fixture.run({ ...CHARGE, options: { checkOnly: true } }, [{ order: '1' }], {
			node,
		});
		expect(checked.success).toHaveLength(1);
		await fixture.close();
	});

	it.each([
		['a claim', CLAIM_ORDER, 'Proceed'],
		['a reservation', RESERVE, 'Reserved'],
	])('lets nothing pass without %s', async (_name, parameters, label) => {
		const registry = await RegistryFixture.open();
		const options = registry.runOptions({ items: [{ order: '1' }], credential: { keySecret: 'pepper' } });
		const node = { type: REGISTRY_NODE, parameters: registry.parameters(parameters), ...ON };
		const { items, error } = await runNode(node, options);
		expect(items.flat()).toEqual([]);
		expect(error?.message).toContain(`lets an empty item out through ${label}`);
		expect(await registry.fixture.entries()).toEqual([]);
		await registry.close();
	});
});
