import type { INodeProperties } from 'n8n-workflow';

import { buildListProperties, buildSearchProperties, paging } from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import type { PickableObject } from '../../shared/parameters/picker';
import type { ApiField } from '../../shared/parameters/stripeParams';
import type { ListOperation, ReadOperation } from './operation';

/** Builds the read operations that every kind of object has. */

/** The name and the path of a kind of object. */
export interface Kind<Name extends PickableObject> {
	resource: Name;
	path: string;
	/** With its article: `a tax rate`. */
	one: string;
	many: string;
}

export function buildGet<Name extends PickableObject>({ resource, path, one }: Kind<Name>): ReadOperation {
	return {
		kind: 'read',
		value: 'get',
		name: 'Get',
		action: `Get ${one}`,
		description: `Read ${one}`,
		path: (read) => `${path}/${read.pathId(resource)}`,
		properties: [buildPicker(resource)],
	};
}

/** @param properties paging and filters; by default those of a list filtered by time */
export function buildGetMany<Params extends { created?: unknown } = never>(
	{ path, many }: Kind<PickableObject>,
	filters: ApiField<NoInfer<Params>>[],
	properties: INodeProperties[] = buildListProperties<Params>(filters),
): ListOperation {
	return {
		kind: 'list',
		value: 'getMany',
		name: 'Get Many',
		action: `Get many ${many}`,
		description: `Read the newest ${many}`,
		path: () => path,
		params: (read) => read.filters(),
		properties,
	};
}

export function buildSearch({ path, many }: Kind<PickableObject>, example: string): ListOperation {
	return {
		kind: 'search',
		value: 'search',
		name: 'Search',
		action: `Search ${many}`,
		description: `Find ${many} with a search query`,
		path: () => `${path}/search`,
		params: (read) => ({ query: read.text('query') }),
		properties: buildSearchProperties(example),
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
