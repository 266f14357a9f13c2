package format

// place is where a request came from, as far as its parts are what they should be.
type place struct {
	ip, asn, lat, lon bool // whether the parts below, and the address, are such
	number            uint64
	latitude          float64
	longitude         float64
}

// locate reads the place of the event that is indexed.
func (x *index) locate() {
	p := &x.place
	p.ip = isIP(text(x.str(slotIP)))
	p.number, p.asn = number(x.slots[slotASN])
	p.latitude, p.lat = degrees(x.slots[slotLatitude], 90)
	p.longitude, p.lon = degrees(x.slots[slotLongitude], 180)
	for _, part := range [...]struct {
		slot slot
		is   bool
	}{{slotIP, p.ip}, {slotASN, p.asn}, {slotLatitude, p.lat}, {slotLongitude, p.lon}} {
		if x.slots[part.slot] != nil && !part.is {
			x.mark(x.home[part.slot])
		}
	}
}
