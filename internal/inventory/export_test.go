package inventory

import "encoding/json"

// Item is what is made of an object.
type Item struct {
	ID, Text string
	Data     json.RawMessage
}

// Items returns what is made of the objects of a page.
func Items(body []byte, single bool) ([]Item, error) {
	p, err := parsePage(body, single)
	if err != nil {
		return nil, err
	}
	var items []Item
	c := &Collector{}
	for _, raw := range p.Data {
		it, err := c.newItem(raw, map[bool]string{false: "id"}[single])
		if err != nil {
			return nil, err
		}
		items = append(items, Item{it.id, it.text, it.data})
	}
	return items, nil
}
