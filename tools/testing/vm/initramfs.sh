# SPDX-License-Identifier: GPL-2.0-only
# Build the initramfs of a test VM.  Sourced by bash scripts.

# Quote a word for a POSIX shell.
sh_quote() {
	local q=${1//\'/\'\\\'\'}
	printf "'%s'" "$q"
}

# add_file SOURCE DEST TREE: a dynamic program brings its libraries, at the
# paths where its loader looks for them.
add_file() {
	local src=$1 dest=$2 tree=$3 lib
	mkdir -p "$tree$(dirname "$dest")"
	cp -pL "$src" "$tree$dest" || return 1
	if [ "$(head -c 4 "$src" | tr -d '\0')" = $'\x7fELF' ]; then
		# Not a dynamic program: ldd fails and there is nothing to add.
		while read -r lib; do
			[ -e "$tree$lib" ] && continue
			mkdir -p "$tree$(dirname "$lib")"
			cp -pL "$lib" "$tree$lib" || return 1
		done < <(ldd "$src" 2>/dev/null | grep -o '/[^ ]*')
	fi
}

# module_files KERNEL-DIR NAME: the module and what it depends on, in load order.
module_files() {
	local base=$1 want=${2//-/_} dir
	dir=$(echo "$base"/usr/lib/modules/*)
	[ -s "$dir/modules.dep" ] || { echo "no modules.dep in $dir" >&2; return 1; }
	awk -v want="$want" -v dir="$dir" -F': *' '
	function name(p) {
		sub(/.*\//, "", p); sub(/\.ko.*/, "", p); gsub(/-/, "_", p)
		return p
	}
	name($1) == want {
		n = split($2, dep, " ")
		for (i = n; i; i--)
			print dir "/" dep[i]
		print dir "/" $1
		found = 1
	}
	END { exit !found }' "$dir/modules.dep"
}

# add_module FILE ARGS TREE: uncompressed into the tree, appended to the list.
add_module() {
	local file=$1 args=$2 tree=$3 name
	name=$(basename "$file")
	name=${name%.xz}; name=${name%.zst}; name=${name%.gz}
	[ -e "$tree/softsnp/$name" ] && return 0
	case $file in
	*.xz)	xz -dc "$file" ;;
	*.zst)	zstd -dcq "$file" ;;
	*.gz)	gzip -dc "$file" ;;
	*)	cat "$file" ;;
	esac >"$tree/softsnp/$name" || return 1
	echo "/softsnp/$name $args" >>"$tree/softsnp/modules"
}

# pack TREE: a newc archive on standard output.  Not compressed: unpacking
# costs more under TCG than loading the bytes.
pack() {
	(cd "$1" && find . -mindepth 1 | LC_ALL=C sort | "$busybox" cpio -o -H newc 2>/dev/null)
}
