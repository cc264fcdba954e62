import type { INodeProperties } from 'n8n-workflow';

import { REGISTRY_RESOURCES } from '../../../../nodes/IdempotencyRegistry/resources';
import { markDescribing } from '../../../../nodes/shared/parameters/describing';
import { buildOperationProperties } from '../../../../nodes/shared/parameters/resourceProperties';
import { STRIPE_RESOURCES } from '../../../../nodes/StripeIdempotent/operations';

interface Row {
	value: string;
	name: string;
	operations: {
		value: string;
		name: string;
		action: string;
		description: string;
		properties: INodeProperties[];
	}[];
}

const text = (name: string): INodeProperties => ({ displayName: name, name, type: 'string', default: '' });

function shownFor(properties: INodeProperties[], resource: string, operation: string): INodeProperties[] {
	return properties.filter(({ displayOptions: { show } = {} }) => {
		const { resource: resources, operation: operations } = show ?? {};
		return resources?.includes(resource) === true && operations?.includes(operation) === true;
	});
}

function withoutPlace({ displayOptions = {}, ...property }: INodeProperties) {
	const { resource: _resource, operation: _operation, ...show } = displayOptions.show ?? {};
	return { ...property, displayOptions: { ...displayOptions, show } };
}

it.each<[node: string, rows: readonly Row[]]>([
	['Stripe Idempotent', STRIPE_RESOURCES],
	['Idempotency Registry', REGISTRY_RESOURCES],
])('each operation of %s shows all of its parameters, and nothing else, in its order', (_node, rows) => {
	const properties = buildOperationProperties(rows, (operation) => operation.properties);
	for (const { value: resource, operations } of rows) {
		for (const { value: operation, properties: own } of operations)
			expect(shownFor(properties, resource, operation).map(withoutPlace)).toEqual(
				own.map(withoutPlace),
			);
	}
});

describe('parameters shared by operations', () => {
	const buildRow = (value: string, ...lists: INodeProperties[][]): Row => ({
		value,
		name: value,
		operations: lists.map((properties, nth) => ({
			value: `op${nth}`,
			name: '',
			action: '',
			description: '',
			properties,
		})),
	});
	const build = (...rows: Row[]) =>
		buildOperationProperties(rows, ({ properties }) => properties).map(({ name, displayOptions }) => [
			name,
			displayOptions?.show,
		]);

	it('are defined once', () => {
		const list = [text('id'), text('limit')];
		expect(build(buildRow('a', list, list), buildRow('b', list, list))).toEqual(
			['id', 'limit'].map((name) => [name, { resource: ['a', 'b'], operation: ['op0', 'op1'] }]),
		);
	});

	it('are defined twice if one order cannot serve both', () => {
		const rows = buildRow('a', [text('x'), text('y')], [text('y'), text('x')]);
		expect(build(rows).map(([name]) => name)).toEqual(['x', 'y', 'x']);
	});

	it('are defined twice if shown for other operations of a different resource', () => {
		const rows = [buildRow('a', [text('x')], []), buildRow('b', [], [text('x')])];
		expect(build(...rows)).toEqual([
			['x', { resource: ['b'], operation: ['op1'] }],
			['x', { resource: ['a'], operation: ['op0'] }],
		]);
	});

	it('are defined twice if only one of them decides', () => {
		expect(build(buildRow('a', [text('x')], [markDescribing(text('x'))]))).toHaveLength(2);
	});
});
