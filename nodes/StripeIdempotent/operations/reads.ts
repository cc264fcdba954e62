import type { INodeProperties } from 'n8n-workflow';

import { buildListProperties, paging } from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import type { PickableObject } from '../../shared/parameters/picker';
import type { ApiField } from '../../shared/parameters/stripeParams';
import type { KindIncludes } from './includes';
import { buildIncludeSwitches } from './includes';
import type { ListOperation, ReadOperation } from './operation';

/** Builds the read operations that every kind of object has. */

/** The name and the path of a kind of object. */
export interface Kind<Name extends PickableObject> {
	resource: Name;
	path: string;
	/** With its article: `a tax rate`. */
	one: string;
	many: string;
	includes?: KindIncludes;
}

export function buildGet<Name extends PickableObject>({
	resource,
	path,
	one,
	includes,
}: Kind<Name>): ReadOperation {
	return {
		kind: 'read',
		includes,
		value: 'get',
		name: 'Get',
		action: `Get ${one}`,
		description: `Read ${one}`,
		path: (read) => `${path}/${read.pathId(resource)}`,
		properties: [buildPicker(resource), ...buildIncludeSwitches(includes)],
	};
}

/** @param properties paging and filters; by default those of a list filtered by time */
export function buildGetMany<Params extends { created?: unknown } = never>(
	{ path, many, includes }: Kind<PickableObject>,
	filters: ApiField<NoInfer<Params>>[],
	properties: INodeProperties[] = buildListProperties<Params>(filters),
): ListOperation {
	return {
		kind: 'list',
		includes,
		value: 'getMany',
		name: 'Get Many',
		action: `Get many ${many}`,
		description: `Read the newest ${many}`,
		path: () => path,
		params: (read) => read.filters(),
		properties: [...properties, ...buildIncludeSwitches(includes)],
	};
}

/** Builds the operation that lists line items. */
export function buildGetLineItems<Name extends PickableObject>({
	resource,
	path,
	one,
}: Kind<Name>): ListOperation {
	return {
		kind: 'list',
		value: 'getLineItems',
		name: 'Get Line Items',
		action: `Get the line items of ${one}`,
		description: `Read the line items of ${one}`,
		path: (read) => `${path}/${read.id(resource)}/line_items`,
		params: () => ({}),
		properties: [buildPicker(resource), ...paging],
	};
}
