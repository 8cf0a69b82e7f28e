snp_guest-y := drivers/sev-guest/main.o
